/* core/version.h: the version that every result names. */
#ifndef DYAD_CORE_VERSION_H
#define DYAD_CORE_VERSION_H

#define DYAD_VERSION "0.1.0"

#endif
