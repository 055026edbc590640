/* SPDX-License-Identifier: Apache-2.0 */
/* One option as it was written: found in the table, its class noted, its value checked and applied. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mount/spec_internal.h"

static int unknown_word(const struct spec_parser *p, const char *name, const char *option,
			struct error *err)
{
	if (name[0] == '\0')
		return error_msg(err, EINVAL, "an option is empty");
	if (p->form == FORM_MOUNT)
		return error_msg(err, EINVAL, "unknown option '%.100s' in '%.100s'", name, option);
	return error_msg(err, EINVAL, "invalid mode: %.100s", option);
}

static int note_class(struct spec_parser *p, const struct spec_word *w, struct error *err)
{
	const struct spec_word *before = p->seen[w->class];

	p->seen[w->class] = w;
	if (!before || w->class == CLASS_LABEL || w->class == CLASS_DRIVER_OPT)
		return 0;
	if (before == w)
		return error_msg(err, EINVAL, "option '%s' is given twice", w->word);
	return error_msg(err, EINVAL, "options '%s' and '%s' exclude each other", before->word,
			 w->word);
}

static bool has_outer_space(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && (strchr(" \t", s[0]) || strchr(" \t", s[n - 1]));
}

/* docker's checks of a value in --mount, which do no harm in the other forms. */
static int check_value(const struct spec_word *w, const char *option, const char *value,
		       struct error *err)
{
	if (w->value == VALUE && !value)
		return error_msg(err, EINVAL, "invalid field '%.100s' must be a key=value pair",
				 option);
	if (value && value[0] == '\0')
		return error_msg(err, EINVAL, "invalid value for '%s': value is empty", w->word);
	if (value && has_outer_space(value))
		return error_msg(
			err, EINVAL,
			"invalid value for '%s' in '%.100s': value should not have whitespace",
			w->word, option);
	return 0;
}

/* docker takes only these four as a flag's value, not all that Go calls a boolean. */
static int apply_flag(struct spec_parser *p, const struct spec_word *w, const char *value,
		      struct error *err)
{
	bool yes = !value || STREQ(value, "1") || STREQ(value, "true");

	if (!yes && !STREQ(value, "0") && !STREQ(value, "false"))
		return error_msg(
			err, EINVAL,
			"invalid value for '%s': invalid boolean value ('%.100s'): must be "
			"one of \"true\", \"1\", \"false\", or \"0\" (default \"true\")",
			w->word, value);
	p->m.flags |= yes ? w->on : w->off;
	return yes && w->apply ? w->apply(p, w, NULL, err) : 0;
}

int spec_option(struct spec_parser *p, const char *option, struct error *err)
{
	size_t n = strcspn(option, "=");
	auto_free char *name = strndup(option, n);
	const char *value = option[n] ? option + n + 1 : NULL;
	const struct spec_word *w;
	int r;

	if (!name)
		return error_set(err, ENOMEM, "cannot read an option");
	w = spec_word_find(p->form, name);
	if (!w || (value && w->value != VALUE && w->value != OPTIONAL && p->form != FORM_MOUNT))
		return unknown_word(p, name, option, err);
	r = note_class(p, w, err);
	if (r == 0)
		r = check_value(w, option, value, err);
	if (r < 0 || w->value == IGNORED)
		return r;
	return w->value == FLAG ? apply_flag(p, w, value, err) : w->apply(p, w, value, err);
}
