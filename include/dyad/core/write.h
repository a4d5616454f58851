/* core/write.h: bytes to a descriptor, all of them. */
#ifndef DYAD_CORE_WRITE_H
#define DYAD_CORE_WRITE_H

#include <stdbool.h>
#include <stddef.h>

/** write_all(fd, bytes, length): false, and errno, if not all could be written. */
bool write_all(int fd, const char *bytes, size_t length);

#endif
