/* SPDX-License-Identifier: Apache-2.0 */
/* struct settings from the words of the command line, and its JSON. Pure. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "runtime/rlimits.h"
#include "runtime/settings.h"

#define SHM_DEFAULT ((uint64_t)64 << 20)

void settings_done(struct settings *s)
{
	struct strv *const lists[] = { &s->ulimits, &s->sysctls, &s->groups, &s->hosts,
				       &s->dns, &s->dns_search, &s->dns_options };
	char *const strings[] = { s->ipc, s->uts, s->shm, s->oom };

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		strv_done(lists[i]);
	for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
		free(strings[i]);
	*s = SETTINGS_INIT;
}

/* docker's whitelist: what belongs to a namespace of the container's. */
static int check_sysctl(const struct settings *s, const char *text, bool host_network, struct error *err)
{
	static const char *const ipc[] = {
		"kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall",
		"kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced",
	};
	size_t n = strcspn(text, "=");
	bool is_ipc = strncmp(text, "fs.mqueue.", 10) == 0, is_net = strncmp(text, "net.", 4) == 0;

	for (size_t i = 0; i < ARRAY_SIZE(ipc); i++)
		is_ipc |= strlen(ipc[i]) == n && strncmp(text, ipc[i], n) == 0;
	if (!text[n] || (!is_ipc && !is_net) || strstr(text, "..") || memchr(text, '\n', n))
		return error_msg(err, EINVAL, "sysctl '%s' is not allowed", text);
	if (is_net && host_network)
		return error_msg(err, EINVAL, "sysctl '%s' is not allowed in the host's network namespace", text);
	if (is_ipc && settings_ipc_is(s, "host"))
		return error_msg(err, EINVAL, "sysctl '%s' is not allowed in the host's IPC namespace", text);
	return 0;
}

static bool is_address(const char *text)
{
	unsigned char any[16];

	return inet_pton(AF_INET, text, any) == 1 || inet_pton(AF_INET6, text, any) == 1;
}

static int check_host(const char *text, struct error *err)
{
	size_t n = strcspn(text, ":=");
	const char *address = text[n] ? text + n + 1 : "";
	auto_free char *bare = NULL;

	if (n == 0 || !text[n] || strpbrk(text, " \t\n"))
		return error_msg(err, EINVAL, "bad format for add-host: \"%s\"", text);
	if (STREQ(address, "host-gateway"))
		return error_msg(err, ENOTSUP, "--add-host %s: a container has no gateway to the host here", text);
	if (address[0] == '[' && address[strlen(address) - 1] == ']')
		bare = strndup(address + 1, strlen(address) - 2);
	if (!is_address(bare ? bare : address))
		return error_msg(err, EINVAL, "invalid IP address in add-host: \"%s\"", address);
	return 0;
}

static int check_names(const struct settings *s, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < s->hosts.n; i++)
		r = check_host(s->hosts.v[i], err);
	for (size_t i = 0; r == 0 && i < s->dns.n; i++) {
		if (!is_address(s->dns.v[i]))
			r = error_msg(err, EINVAL, "%s is not an ip address", s->dns.v[i]);
	}
	for (size_t i = 0; r == 0 && i < s->dns_search.n; i++) {
		if (!s->dns_search.v[i][0] || strpbrk(s->dns_search.v[i], " \t\n"))
			r = error_msg(err, EINVAL, "%s is not a valid domain", s->dns_search.v[i]);
	}
	for (size_t i = 0; r == 0 && i < s->dns_options.n; i++) {
		if (!s->dns_options.v[i][0] || strpbrk(s->dns_options.v[i], " \t\n"))
			r = error_msg(err, EINVAL, "%s is not a resolver option", s->dns_options.v[i]);
	}
	return r;
}

static int check_modes(const struct settings *s, struct error *err)
{
	static const char *const ipc[] = { "", "host", "none", "private", "shareable" };
	bool known = !s->ipc;

	for (size_t i = 0; s->ipc && i < ARRAY_SIZE(ipc); i++)
		known |= STREQ(s->ipc, ipc[i]);
	if (!known && strncmp(s->ipc, "container:", 10) == 0)
		return error_msg(err, ENOTSUP, "--ipc %s: berth joins no namespaces of other containers", s->ipc);
	if (!known)
		return error_msg(err, EINVAL, "--ipc: invalid IPC mode");
	if (s->uts && *s->uts && !STREQ(s->uts, "host"))
		return error_msg(err, EINVAL, "--uts: invalid UTS mode");
	return 0;
}

static int check_oom(struct settings *s, struct error *err)
{
	uint64_t v;
	bool negative = s->oom && *s->oom == '-';

	s->oom_score_adj = 0;
	if (!s->oom)
		return 0;
	if (parse_u64(s->oom + negative, 1000000, &v) < 0)
		return error_msg(err, EINVAL, "invalid argument \"%s\" for \"--oom-score-adj\" flag: not a number",
				 s->oom);
	if (v > 1000)
		return error_msg(err, EINVAL, "Invalid value %s, range for oom score adj is [-1000, 1000]", s->oom);
	s->oom_score_adj = negative ? -(int)v : (int)v;
	return 0;
}

static int check_shm(struct settings *s, struct error *err)
{
	s->shm_size = 0;
	if (s->shm && parse_size(s->shm, &s->shm_size) < 0)
		return error_msg(err, EINVAL, "invalid argument \"%s\" for \"--shm-size\" flag: invalid size: '%s'",
				 s->shm, s->shm);
	return 0;
}

int settings_resolve(struct settings *s, bool host_network, struct error *err)
{
	int r = check_modes(s, err);

	for (size_t i = 0; r == 0 && i < s->ulimits.n; i++) {
		struct rlimits_one one;

		r = rlimits_parse(s->ulimits.v[i], &one, err);
	}
	for (size_t i = 0; r == 0 && i < s->sysctls.n; i++)
		r = check_sysctl(s, s->sysctls.v[i], host_network, err);
	if (r == 0)
		r = check_names(s, err);
	if (r == 0)
		r = check_oom(s, err);
	return r == 0 ? check_shm(s, err) : r;
}

struct members {
	struct strv *list;
	const char *key;
};

/* Those that are lists in the record. */
static void list_members(struct settings *s, struct members ret[7])
{
	const struct members all[] = {
		{ &s->ulimits, "Ulimits" }, { &s->sysctls, "Sysctls" }, { &s->groups, "GroupAdd" },
		{ &s->hosts, "ExtraHosts" }, { &s->dns, "Dns" }, { &s->dns_search, "DnsSearch" },
		{ &s->dns_options, "DnsOptions" },
	};

	memcpy(ret, all, sizeof(all));
}

static int copy_text(char **to, const char *from)
{
	if (!from || !*from)
		return 0;
	free(*to);
	*to = strdup(from);
	return *to ? 0 : -ENOMEM;
}

int settings_copy(struct settings *to, const struct settings *from)
{
	struct settings source = *from;
	struct members a[7], b[7];
	int r = copy_text(&to->ipc, from->ipc);

	list_members(to, a);
	list_members(&source, b);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(a); i++)
		r = b[i].list->n ? strv_copy(a[i].list, b[i].list->v) : 0;
	if (r == 0)
		r = copy_text(&to->uts, from->uts);
	if (r == 0)
		r = copy_text(&to->shm, from->shm);
	if (r == 0)
		r = copy_text(&to->oom, from->oom);
	to->shm_size = from->shm_size;
	to->oom_score_adj = from->oom_score_adj;
	return r;
}

static void write_text(struct jsonw *w, const char *key, const char *value)
{
	if (value)
		jsonw_str(w, key, value);
}

void settings_write(const struct settings *s, struct jsonw *w)
{
	struct settings source = *s;
	struct members m[7];

	list_members(&source, m);
	for (size_t i = 0; i < ARRAY_SIZE(m); i++) {
		if (m[i].list->n)
			jsonw_strv(w, m[i].key, m[i].list);
	}
	write_text(w, "IpcMode", s->ipc);
	write_text(w, "UTSMode", s->uts);
	write_text(w, "ShmSize", s->shm);
	write_text(w, "OomScoreAdj", s->oom);
}

int settings_read(const struct json *record, struct settings *ret)
{
	const char *network = json_get_str(record, "NetworkMode");
	struct members m[7];
	int r = copy_text(&ret->ipc, json_get_str(record, "IpcMode"));

	list_members(ret, m);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(m); i++)
		r = json_strv(json_get(record, m[i].key), m[i].list);
	if (r == 0)
		r = copy_text(&ret->uts, json_get_str(record, "UTSMode"));
	if (r == 0)
		r = copy_text(&ret->shm, json_get_str(record, "ShmSize"));
	if (r == 0)
		r = copy_text(&ret->oom, json_get_str(record, "OomScoreAdj"));
	return r == 0 ? settings_resolve(ret, network && STREQ(network, "host"), NULL) : r;
}

static void inspect_ulimits(const struct settings *s, struct jsonw *w)
{
	jsonw_array(w, "Ulimits");
	for (size_t i = 0; i < s->ulimits.n; i++) {
		struct rlimits_one one;

		if (rlimits_parse(s->ulimits.v[i], &one, NULL) < 0)
			continue;
		jsonw_object(w, NULL);
		jsonw_str(w, "Name", one.name);
		jsonw_int(w, "Hard", one.hard == RLIMITS_UNLIMITED ? -1 : (int64_t)one.hard);
		jsonw_int(w, "Soft", one.soft == RLIMITS_UNLIMITED ? -1 : (int64_t)one.soft);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void inspect_sysctls(const struct settings *s, struct jsonw *w)
{
	if (s->sysctls.n == 0)
		return;
	jsonw_object(w, "Sysctls");
	strv_for_each(i, &s->sysctls) {
		size_t n = strcspn(s->sysctls.v[i], "=");
		auto_free char *key = strndup(s->sysctls.v[i], n);

		if (key)
			jsonw_str(w, key, s->sysctls.v[i] + n + 1);
	}
	jsonw_end(w);
}

void settings_inspect(const struct settings *s, struct jsonw *w)
{
	inspect_ulimits(s, w);
	inspect_sysctls(s, w);
	jsonw_strv(w, "GroupAdd", &s->groups);
	jsonw_strv(w, "ExtraHosts", &s->hosts);
	jsonw_strv(w, "Dns", &s->dns);
	jsonw_strv(w, "DnsSearch", &s->dns_search);
	jsonw_strv(w, "DnsOptions", &s->dns_options);
	jsonw_str(w, "IpcMode", s->ipc ? s->ipc : "private");
	jsonw_str(w, "UTSMode", s->uts ? s->uts : "");
	jsonw_str(w, "PidMode", "");
	jsonw_int(w, "ShmSize", (int64_t)(s->shm_size ? s->shm_size : SHM_DEFAULT));
	jsonw_int(w, "OomScoreAdj", s->oom_score_adj);
}

bool settings_ipc_is(const struct settings *s, const char *mode)
{
	return s->ipc && STREQ(s->ipc, mode);
}

bool settings_uts_is_host(const struct settings *s)
{
	return s->uts && STREQ(s->uts, "host");
}

int settings_hosts(const struct settings *s, struct buf *file)
{
	strv_for_each(i, &s->hosts) {
		const char *text = s->hosts.v[i];
		size_t n = strcspn(text, ":=");
		const char *address = text + n + 1;
		size_t bare = address[0] == '[';

		buf_addf(file, "%.*s\t%.*s\n", (int)(strlen(address) - 2 * bare), address + bare, (int)n, text);
	}
	return buf_failed(file) ? -ENOMEM : 0;
}

/* Whether the line, which ends at a newline, is a "KEY …" for which there are settings. */
static bool is_replaced(const char *line, const char *key, const struct strv *list)
{
	size_t n = strlen(key);

	return list->n && strncmp(line, key, n) == 0 && (line[n] == ' ' || line[n] == '\t');
}

static void add_line(struct buf *out, const char *key, const struct strv *list)
{
	if (list->n == 0 || (list->n == 1 && STREQ(list->v[0], ".")))
		return; /* --dns-search . means none */
	buf_adds(out, key);
	strv_for_each(i, list)
		buf_addf(out, " %s", list->v[i]);
	buf_addc(out, '\n');
}

int settings_resolv_conf(const struct settings *s, struct buf *file)
{
	auto_buf struct buf out = BUF_INIT;

	if (s->dns.n + s->dns_search.n + s->dns_options.n == 0)
		return 0;
	strv_for_each(i, &s->dns)
		buf_addf(&out, "nameserver %s\n", s->dns.v[i]);
	add_line(&out, "search", &s->dns_search);
	add_line(&out, "options", &s->dns_options);
	for (const char *line = buf_str(file); *line;) {
		size_t n = strcspn(line, "\n");

		if (!is_replaced(line, "nameserver", &s->dns) && !is_replaced(line, "search", &s->dns_search) &&
		    !is_replaced(line, "domain", &s->dns_search) &&
		    !is_replaced(line, "options", &s->dns_options))
			buf_addf(&out, "%.*s\n", (int)n, line);
		line += n + (line[n] == '\n');
	}
	buf_truncate(file, 0);
	buf_add(file, buf_str(&out), out.len);
	return buf_failed(&out) || buf_failed(file) ? -ENOMEM : 0;
}
