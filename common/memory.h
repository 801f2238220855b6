#ifndef TCPBEHAV_MEMORY_H
#define TCPBEHAV_MEMORY_H

/* Between memory.c (files: what is run and loaded) and memory_sends.c (what leaves this machine). The seams to the others are in
 * run.h. */

#include "common/run.h"

/* "the call 7": before and the number. */
const char *memory_call_text(struct arena *arena, const char *before, uint64_t request);

/* A finding that an earlier call is part of. */
void memory_finding(struct run *run, uint64_t request, const char *rule, enum risk risk, enum place place, uint32_t caps,
                    struct span span, const char *why, const char *safer);

/* A list of packages (requirements.txt, Cargo.toml) with one in it that only a tool's output named. */
bool memory_lists_injected(const struct run *run, const char *path, const struct stream *content);

#endif
