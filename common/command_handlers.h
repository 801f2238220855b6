#ifndef TCPBEHAV_COMMAND_HANDLERS_H
#define TCPBEHAV_COMMAND_HANDLERS_H

/* What command_handlers.c, command_network.c, command_git.c and command_things.c share: what one operand or option value does, by its kind. */

#include "common/command.h"

/* "-", and the names that the system has for it. */
bool command_is_stdin(const struct field *word);

/* What was read is what the command may write on its output or send. */
void command_note_read(struct resolved *r, const struct field *word);

/* A host or URL that is contacted. */
void command_address(struct resolved *r, const struct field *word, enum network_use use);

void command_on_url(struct resolved *r, const struct field *word);
void command_on_url_upload(struct resolved *r, const struct field *word);
void command_on_method(struct resolved *r, const struct field *word);
void command_on_endpoint(struct resolved *r, const struct field *word);
void command_on_listen(struct resolved *r, const struct field *word);
void command_on_upload(struct resolved *r, const struct field *word);
void command_on_data(struct resolved *r, const struct field *word);
void command_on_refspec(struct resolved *r, const struct field *word);
void command_on_git_remote(struct resolved *r, const struct field *word);
void command_on_git_config(struct resolved *r, const struct field *word);
void command_on_ssh_option(struct resolved *r, const struct field *word);
void command_on_mount(struct resolved *r, const struct field *word);
void command_on_context(struct resolved *r, const struct field *word);
void command_on_pid(struct resolved *r, const struct field *word);
void command_on_image(struct resolved *r, const struct field *word);
void command_on_resource(struct resolved *r, const struct field *word);

#endif
