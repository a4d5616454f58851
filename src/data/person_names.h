/*
 * data/person_names.h: frequent given names and surnames, to know a column of names by.
 *
 * Given names: among the most frequent of births in the United States since 1950 (Social Security
 * Administration); surnames: of the Census of 2010; without those that are places, months or words.
 */
#ifndef DYAD_DATA_PERSON_NAMES_H
#define DYAD_DATA_PERSON_NAMES_H

static const char given_names[] =
    "aaron abigail adam adrian aisha alan albert alejandra alejandro alexander alexandra alexis alice alicia alison allison "
    "alyssa amanda amber amelia amy ana andrea andrew angela anita ann anna anne annie anthony antonio arthur ashley audrey "
    "barbara benjamin bernadette beth betty beverly brandon brenda brian brianna bridget brittany bruce caitlin camila carla "
    "carlos carmen carol caroline carolyn catherine cathy cheryl chloe christina christine christopher cindy claire claudia "
    "connie courtney craig crystal cynthia dana daniel daniela danielle david dawn deborah debra denise dennis diana diane "
    "donald donna doris dorothy douglas edward eileen elaine eleanor elena elizabeth ella ellen emily emma eric erica erika "
    "erin esther ethan eva evelyn fatima fiona frances gabriel gabriela gabriella gary george gloria grace gregory hannah "
    "harold heather heidi helen henry holly irene isabel isabella jack jacob jacqueline james jamie jane janet janice jasmine "
    "jason jean jeffrey jenna jennifer jenny jeremy jerry jesse jessica jill joan joanna joanne john jonathan jose joseph "
    "joshua joyce juan juana juanita judith judy julia julian julie justin karen karina katelyn katherine kathleen kathryn "
    "kathy katie kayla keith kelly kelsey kenneth kevin kimberly kristen kristin kristina kyle larry latoya laura lauren "
    "leah lee leslie lillian linda lindsay lindsey lisa lori louise lucia lucy luis lydia lynn margaret maria mariam marie "
    "marilyn marissa mark martha martin mary maryam matthew maureen megan melanie melinda melissa mia michael michele "
    "michelle miguel mohamed mohammed molly monica monique nancy naomi natalia natalie nathan nicholas nicole noah nora "
    "olivia pamela patricia patrick paul paula peggy peter philip phyllis priya rachel ralph raymond rebecca regina renee "
    "rhonda richard robert robin roger ronald rosa rosemary roxanne roy russell ruth ryan sabrina samantha samuel sandra "
    "sara sarah scott sean shannon sharon sheila shirley sofia sonia sophia sophie stacey stacy stefanie stephanie stephen "
    "steven sue susan suzanne tamara tammy tanya tara teresa terri theresa thomas tiffany timothy tina tracy tyler valerie "
    "vanessa veronica vincent walter wanda wendy william xavier yolanda yvonne zachary zoe";

static const char surnames[] =
    "adams aguilar ahmed ali allen alvarez anderson bailey baker barnes begum bell bennett brooks brown bryant butler campbell "
    "carter castillo castro chan chavez chen clark collins cooper cox cruz davies davis diaz edwards evans fernandez fisher "
    "flores foster fraser garcia gomez gonzales gonzalez gray green griffin gupta gutierrez hall hamilton harris harrison "
    "hayes henderson hernandez herrera hill howard hughes hussain ibrahim jackson jenkins jimenez johnson johnston jones kaur "
    "kelly kennedy khan kim king kumar lewis lopez macdonald martin martinez mcdonald mendoza miller mitchell mohamed moore "
    "morales morgan morris morrison munoz murphy murray myers nelson nguyen ortiz parker patel perez peterson phillips powell "
    "price ramirez ramos reed reid reyes reynolds richardson rivera roberts robertson robinson rodriguez rogers romero ross "
    "ruiz russell sanchez sanders schmidt scott sharma shah simmons singh smith stewart sullivan taylor thompson thomson torres "
    "tran turner vargas vasquez wagner walker wallace ward watson white williams wilson wong wood wright young";

#endif
