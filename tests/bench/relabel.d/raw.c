/* What labelling cannot do without: raw MODE THREADS LABEL <NAMES
 * For each of the names on standard input, one a line, MODE `write`: open, read, SHA-256 by OpenSSL, fsetxattr of the value
 * in the file LABEL with the digest at its end (equal values would share a block), close; and at the end syncfs. MODE `read`:
 * open, fgetxattr, close. The threads take names in turns.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { BATCH = 128, NAMES_MAX = 1 << 20, BUFFER = 64 * 1024, SHA256_LENGTH = 32 };

static char *names[NAMES_MAX], label[4096];
static size_t count, label_length;
static atomic_size_t next;
static int writes;

static void hash(int file, EVP_MD_CTX *context, char *buffer, unsigned char *digest)
{
	ssize_t length;

	EVP_DigestInit_ex(context, EVP_sha256(), NULL);
	while ((length = read(file, buffer, BUFFER)) > 0)
		EVP_DigestUpdate(context, buffer, length);
	EVP_DigestFinal_ex(context, digest, NULL);
}

static void *work(void *unused)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char value[sizeof label], *digest;
	char *buffer = malloc(BUFFER);
	size_t first, at;

	(void)unused;
	memcpy(value, label, label_length);
	digest = value + label_length - SHA256_LENGTH;
	while ((first = atomic_fetch_add(&next, BATCH)) < count)
		for (at = first; at < first + BATCH && at < count; at++) {
			int file = open(names[at], O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

			if (file < 0)
				err(1, "%s", names[at]);
			if (writes) {
				hash(file, context, buffer, digest);
				if (fsetxattr(file, "security.ima", value, label_length, 0))
					err(1, "%s", names[at]);
			} else if (fgetxattr(file, "security.ima", buffer, BUFFER) < 0) {
				err(1, "%s", names[at]);
			}
			close(file);
		}
	return NULL;
}

int main(int argc, char **argv)
{
	size_t size = 0, threads, number;
	char *line = NULL;
	FILE *value;

	if (argc != 4 || !(value = fopen(argv[3], "r")))
		errx(2, "usage: raw write|read THREADS LABEL <NAMES");
	writes = !strcmp(argv[1], "write");
	threads = strtoul(argv[2], NULL, 10);
	label_length = fread(label, 1, sizeof label, value);
	for (ssize_t length; count < NAMES_MAX && (length = getline(&line, &size, stdin)) > 0; count++) {
		line[length - 1] = 0;
		names[count] = strdup(line);
	}
	pthread_t *thread = calloc(threads, sizeof *thread);
	for (number = 0; number < threads; number++)
		pthread_create(&thread[number], NULL, work, NULL);
	for (number = 0; number < threads; number++)
		pthread_join(thread[number], NULL);
	if (writes && syncfs(open(names[0], O_RDONLY)))
		err(1, "syncfs");
	return 0;
}
