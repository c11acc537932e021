/* A sign loop and nothing else: loop PIN COUNT SESSIONS RSA
 * Makes COUNT signatures with the one private key of the first token, by SESSIONS threads with a session each. RSA is 1 for
 * CKM_RSA_PKCS over a DigestInfo, 0 for CKM_ECDSA over a digest. Linked with the module itself; the few declarations are
 * those of PKCS #11 that it needs. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned long ulong_t;
struct mechanism { ulong_t type; void *parameter; ulong_t length; };
struct attribute { ulong_t type; void *value; ulong_t length; };
struct initialize { void *create, *destroy, *lock, *unlock; ulong_t flags; void *reserved; };

ulong_t C_Initialize(struct initialize *);
ulong_t C_Finalize(void *);
ulong_t C_GetSlotList(unsigned char, ulong_t *, ulong_t *);
ulong_t C_OpenSession(ulong_t, ulong_t, void *, void *, ulong_t *);
ulong_t C_Login(ulong_t, ulong_t, char *, ulong_t);
ulong_t C_FindObjectsInit(ulong_t, struct attribute *, ulong_t);
ulong_t C_FindObjects(ulong_t, ulong_t *, ulong_t, ulong_t *);
ulong_t C_FindObjectsFinal(ulong_t);
ulong_t C_SignInit(ulong_t, struct mechanism *, ulong_t);
ulong_t C_Sign(ulong_t, unsigned char *, ulong_t, unsigned char *, ulong_t *);

static ulong_t slot, key, each, rsa;
static const unsigned char info[19] = "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20";

static void ok(ulong_t value, const char *call)
{
    if (value) {
        fprintf(stderr, "loop: %s: %#lx\n", call, value);
        exit(2);
    }
}

static void *sign(void *unused)
{
    ulong_t session, done;
    unsigned char data[51] = {0}, signature[1024];
    struct mechanism mechanism = {rsa ? 1 : 0x1041, NULL, 0};
    ok(C_OpenSession(slot, 4, NULL, NULL, &session), "C_OpenSession");
    memcpy(data, info, rsa ? sizeof info : 0);
    for (done = 0; done < each; done++) {
        ulong_t length = sizeof signature;
        memcpy(data + (rsa ? sizeof info : 0), &done, sizeof done);
        ok(C_SignInit(session, &mechanism, key), "C_SignInit");
        ok(C_Sign(session, data, rsa ? 51 : 32, signature, &length), "C_Sign");
    }
    return unused;
}

int main(int count, char **words)
{
    struct initialize locking = {.flags = 2};
    ulong_t class = 3, one = 1, session, found, slots[8], number = 8;
    struct attribute private = {0, &class, sizeof class};
    pthread_t threads[64];
    if (count != 5 || atoi(words[3]) > 64)
        return 2;
    rsa = atoi(words[4]);
    each = atoi(words[2]) / atoi(words[3]);
    ok(C_Initialize(&locking), "C_Initialize");
    ok(C_GetSlotList(1, slots, &number), "C_GetSlotList");
    slot = slots[0];
    ok(C_OpenSession(slot, 4, NULL, NULL, &session), "C_OpenSession");
    ok(C_Login(session, 1, words[1], strlen(words[1])), "C_Login");
    ok(C_FindObjectsInit(session, &private, 1), "C_FindObjectsInit");
    ok(C_FindObjects(session, &key, one, &found), "C_FindObjects");
    ok(C_FindObjectsFinal(session), "C_FindObjectsFinal");
    ok(found != 1, "a key");
    for (int thread = 0; thread < atoi(words[3]); thread++)
        ok(pthread_create(&threads[thread], NULL, sign, NULL), "pthread_create");
    for (int thread = 0; thread < atoi(words[3]); thread++)
        pthread_join(threads[thread], NULL);
    ok(C_Finalize(NULL), "C_Finalize");
    return 0;
}
