#ifndef TCPBEHAV_CLIENT_PUT_ALL_H
#define TCPBEHAV_CLIENT_PUT_ALL_H

#include <stdbool.h>
#include <stddef.h>

/* Writes len bytes to fd, however often that takes. False, with errno, when not all were taken. */
bool put_all(int fd, const char *text, size_t len);

#endif
