#include "config.h"
#include "common/policy.h"

#include <string.h>

static const char sign_of[] = { ' ', '+', 'a', '-' };

static void put_padded(struct text *out, const char *s, size_t width)
{
	text_puts(out, s);
	for (size_t len = strlen(s); len < width; len++)
		text_putc(out, ' ');
}

static void print_line(const struct policy *policy, int profile, int tier, int level, int risk, bool roff, struct text *out)
{
	const char *gap = roff ? " Ta " : "";
	size_t width = roff ? 0 : 12;

	text_puts(out, roff ? ".It " : "");
	put_padded(out, policy_tier_name((enum policy_tier)tier), width);
	text_puts(out, gap);
	put_padded(out, policy_level_name((enum policy_level)level), width);
	text_puts(out, gap);
	put_padded(out, risk_name((enum risk)risk), width);
	for (int place = 0; place < PLACE_COUNT; place++) {
		char sign[] = { sign_of[policy->cells[profile][risk][place][tier][level]], '\0' };
		text_puts(out, gap);
		text_puts(out, roff && *sign == '-' ? "\\-" : sign);
	}
	text_putc(out, '\n');
}

void policy_print_table(const struct policy *policy, enum policy_profile profile, bool roff, struct text *out)
{
	for (int tier = 0; tier < TIER_COUNT; tier++)
		for (int level = 0; level < LEVEL_COUNT; level++)
			for (int risk = 0; risk < RISK_COUNT; risk++)
				print_line(policy, (int)profile, tier, level, risk, roff, out);
}
