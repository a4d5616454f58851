/* stats/time_order.h: times in ascending order, each with its number; equal ones in the order they came. */
#ifndef DYAD_STATS_TIME_ORDER_H
#define DYAD_STATS_TIME_ORDER_H

#include <stdbool.h>
#include <stddef.h>

struct numbered_time {
    double time;
    size_t number;
};

struct time_order {
    struct numbered_time *at, *scratch;
    size_t n;
};

/** time_order_init(o, room): none yet, room for so many; false if memory ran out. */
bool time_order_init(struct time_order *o, size_t room);

/** time_order_add(o, time, number): ${time} from 0, not minus 0, and finite. */
void time_order_add(struct time_order *o, double time, size_t number);

void time_order_sort(struct time_order *o);
void time_order_release(struct time_order *o);

#endif
