"""What an unprivileged user can do to a guard, and who looks on: attacks.py WHAT [ARGUMENT…], in a folder of theirs.
Prints one line: how many opens failed and how long the longest took, in milliseconds."""
import errno, fcntl, multiprocessing, os, shutil, sys, threading, time

failed, longest = 0, 0.0


def opened(path, flags=os.O_RDONLY):
    """Opens and closes a file, and takes the time."""
    global failed, longest
    start = time.monotonic()
    try:
        os.close(os.open(path, flags))
    except OSError:
        failed += 1
    longest = max(longest, time.monotonic() - start)


def sparse(path, size):
    """Afterwards it has that size, no content, and was just changed."""
    with open(path, "ab") as file:
        file.truncate(size)
        os.pwrite(file.fileno(), b"x", 0)
        file.truncate(size)


def at_once(number, size):
    """So many opens at the same moment, of files of that size."""
    for each in range(int(number)):
        sparse(f"{os.getuid()}.{each}", int(size))
    begin = threading.Barrier(int(number))
    threading.stack_size(64 << 10)

    def one(each):
        begin.wait()
        opened(f"{os.getuid()}.{each}")

    threads = [threading.Thread(target=one, args=(each,)) for each in range(int(number))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def probe(seconds, *paths):
    """Somebody who has nothing to do with it: opens a file of theirs, just changed, and these, again and again."""
    own = f"{os.getuid()}.own"
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        with open(own, "wb") as file:
            file.write(b"x" * 77)
        for path in (own, *paths):
            opened(path)
        time.sleep(0.005)


def lease(held):
    """Takes a lease, which is given only while nobody else has the file open: the guard has, a moment longer than we wait."""
    for _ in range(100):
        try:
            return fcntl.fcntl(held, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        except BlockingIOError:
            time.sleep(0.02)
    sys.exit("no lease was given")


def leased(path):
    """Holds a lease on a file that somebody else then opens, which is refused, and meanwhile opens another."""
    for each in (path, "other"):
        with open(each, "wb") as file:
            file.write(b"x")
    time.sleep(0.5)
    held = os.open(path, os.O_RDWR)
    fcntl.fcntl(held, fcntl.F_SETSIG, 17)  # SIGCHLD, which nobody minds
    lease(held)
    child = os.fork()
    if child == 0:
        try:
            os.open(path, os.O_RDONLY)
        except OSError:
            os._exit(0)
        os._exit(1)
    time.sleep(0.5)
    opened("other")
    fcntl.fcntl(held, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    if os.waitpid(child, 0)[1]:
        sys.exit("the open of the leased file did not fail")


def rewrite(name, size, end):
    """One's own file of a listed size, changed and opened for ever."""
    while time.monotonic() < end:
        sparse(name, size)
        os.close(os.open(name, os.O_RDONLY))


def grow(name, size, end):
    """A file that grows while it is hashed."""
    with open(name, "wb") as file:
        while time.monotonic() < end:
            file.truncate(size)
            os.close(os.open(name, os.O_RDONLY))
            file.truncate(size + 4096)


def many(name, size, end):
    """A million files, and more."""
    os.makedirs(name, exist_ok=True)
    for each in range(1 << 30):
        if time.monotonic() > end:
            return
        path = f"{name}/{each % 1_000_000}"
        os.close(os.open(path, os.O_CREAT | os.O_RDWR))
        os.close(os.open(path, os.O_RDONLY))


def fifos(name, size, end):
    """FIFOs that nobody writes to."""
    while time.monotonic() < end:
        try:
            os.mkfifo(name)
        except FileExistsError:
            os.unlink(name)
            continue
        os.close(os.open(name, os.O_RDONLY | os.O_NONBLOCK))


def execs(name, size, end):
    """Fork and exec, for ever, of a program of one's own."""
    shutil.copy("/bin/true", name)
    while time.monotonic() < end:
        child = os.fork()
        if child == 0:
            os.execv(name, ["true"])
        os.waitpid(child, 0)


def flood(what, processes, seconds, size):
    """So many processes that do that, until the time is over or somebody makes a file `stop`."""
    end = time.monotonic() + float(seconds)
    run = {"rewrite": rewrite, "huge": rewrite, "grow": grow, "many": many, "fifos": fifos, "execs": execs}[what]
    children = [
        multiprocessing.Process(target=run, args=(f"{what}.{number}", int(size), end)) for number in range(int(processes))
    ]
    for child in children:
        child.start()
    while any(child.is_alive() for child in children):
        time.sleep(0.05)
        if os.path.exists("stop"):
            return [child.kill() for child in children]
    for child in children:
        child.join()
        if child.exitcode:
            sys.exit(f"attacks.py: {what} ended with {child.exitcode}")


{"at_once": at_once, "probe": probe, "leased": leased, "flood": flood}[sys.argv[1]](*sys.argv[2:])
print(f"failed {failed} longest {longest * 1000:.0f}")
