"""usage: localstack/with [--lenient] [--time FACTOR] [--lag LIST] [--throttle] [--log FILE] COMMAND...

Runs COMMAND against a LocalStack of its own, on a free port of 127.0.0.1 and with an account of its own,
and passes its exit code on. Nothing is left behind: no process, no file.

  --lenient      LocalStack as it is, plus the services that it lacks; without its stricter rules
  --time FACTOR  how long AWS's durations are: 0 none, 0.01 (the default) a hundredth, 1 as long as they are
  --lag LIST     what AWS shows late: some of iam, reads, tags, trail, or all, or none; iam,tags,trail by default
  --throttle     refuse calls above AWS's request rates
  --log FILE     keep the server's log

COMMAND sees AWS_ENDPOINT_URL, AWS_REGION, AWS_DEFAULT_REGION, AWS_ACCESS_KEY_ID (the account),
AWS_SECRET_ACCESS_KEY, and CAIRN_LOCALSTACK=1.
"""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
DEADLINE = 60
MARK = "CAIRN_LOCALSTACK_RUN"
VALUES = {"--time": "CAIRN_AWS_TIME", "--lag": "CAIRN_AWS_LAG"}


def fail(message, code=1):
    sys.stderr.write(f"localstack/with: {message}\n")
    sys.exit(code)


def die_with_parent():
    """Linux: the kernel kills this process when the one that started it dies."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def marked(mark):
    """The processes that carry this run's mark in their environment: all that it started, directly or not."""
    found = []
    if os.path.isdir("/proc/self"):
        needle = mark.encode()
        for name in os.listdir("/proc"):
            if name.isdigit() and int(name) != os.getpid():
                try:
                    with open(f"/proc/{name}/environ", "rb") as file:
                        environment = file.read()
                    with open(f"/proc/{name}/stat") as file:
                        state = file.read().rpartition(")")[2].split()[0]
                except OSError:
                    continue
                if needle in environment and state != "Z":
                    found.append(int(name))
    else:
        listing = subprocess.run(["ps", "-axEww", "-o", "pid=,command="], capture_output=True, text=True).stdout
        for line in listing.splitlines():
            pid, _, rest = line.strip().partition(" ")
            if mark in rest and int(pid) != os.getpid():
                found.append(int(pid))
    return found


def sweep(mark, folder):
    """Ends everything that carries the mark and removes the folder."""
    for _ in range(200):
        pids = marked(mark)
        if not pids:
            break
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        time.sleep(0.02)
    shutil.rmtree(folder, ignore_errors=True)


def start_watchdog(mark, folder):
    """A process that outlives this one, however it ends, and clears up after it."""
    read, write = os.pipe()
    if os.fork() == 0:
        os.setsid()
        os.close(write)
        null = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        while os.read(read, 1):
            pass
        sweep(mark, folder)
        os._exit(0)
    os.close(read)
    return write


def clean_environment():
    """The caller's environment without what would lead an AWS client elsewhere."""
    gone = (
        "AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN AWS_SECURITY_TOKEN AWS_ROLE_ARN AWS_WEB_IDENTITY_TOKEN_FILE "
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI AWS_CONTAINER_CREDENTIALS_FULL_URI AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
    ).split()
    return {k: v for k, v in os.environ.items() if k not in gone and not k.startswith("AWS_ENDPOINT_URL")}


def start_server(environment, folder, log, options):
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    listener.setblocking(False)
    port = listener.getsockname()[1]
    source = os.path.join(HERE, "plugin", "src")
    environment = dict(
        environment,
        **options,
        CAIRN_LISTEN_FD=str(listener.fileno()),
        GATEWAY_LISTEN=f"127.0.0.1:{port}",
        LOCALSTACK_HOST=f"127.0.0.1:{port}",
        FILESYSTEM_ROOT=os.path.join(folder, "root"),
        LOCALSTACK_VOLUME_DIR=os.path.join(folder, "volume"),
        XDG_CACHE_HOME=os.path.join(sys.prefix, "cache"),
        PYTHONPATH=source,
        PYTHONUNBUFFERED="1",
        SKIP_SSL_CERT_DOWNLOAD="1",
        DISABLE_EVENTS="1",
        DNS_ADDRESS="0",
        OVERRIDE_IN_DOCKER="0",
        EAGER_SERVICE_LOADING="0",
    )
    for name in ("root", "volume"):
        os.makedirs(os.path.join(folder, name))
    for name in [n for n in environment if n.startswith("AWS_")]:
        del environment[name]
    server = subprocess.Popen(
        [sys.executable, "-m", "cairn_localstack"],
        env=environment,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        pass_fds=[listener.fileno()],
        preexec_fn=die_with_parent,
    )
    listener.close()
    return server, f"http://127.0.0.1:{port}"


def wait_until_ready(server, url, log_name):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = time.monotonic() + DEADLINE
    why = "did not answer"
    while time.monotonic() < end:
        if server.poll() is not None:
            why = f"ended with code {server.returncode}"
            break
        try:
            opener.open(url + "/_localstack/health", timeout=max(0.1, end - time.monotonic())).read()
            return
        except OSError as error:
            why = f"did not answer: {error}"
            time.sleep(0.05)
    with open(log_name, errors="replace") as file:
        tail = "".join(file.readlines()[-40:])
    fail(f"the server {why} within {DEADLINE} s; the end of its log:\n{tail}")


def main():
    arguments = sys.argv[1:]
    options, log_name = {"CAIRN_AWS_STRICT": "1"}, None
    while arguments and arguments[0].startswith("-"):
        option = arguments.pop(0)
        if option == "--lenient":
            options["CAIRN_AWS_STRICT"] = "0"
        elif option == "--throttle":
            options["CAIRN_AWS_THROTTLE"] = "1"
        elif option in VALUES and arguments:
            options[VALUES[option]] = arguments.pop(0)
        elif option == "--log" and arguments:
            log_name = os.path.abspath(arguments.pop(0))
        elif option == "--":
            break
        else:
            fail(f"unknown option {option}; see --help", 2)
    if not arguments:
        fail("no command; see --help", 2)

    run = uuid.uuid4().hex
    environment = clean_environment()
    # Nested runs keep the outer marks, so that the outer one clears them up as well.
    environment[MARK] = ":".join(filter(None, [environment.get(MARK), run]))
    folder = tempfile.mkdtemp(prefix="cairn-localstack-")
    watchdog = start_watchdog(run, folder)

    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, lambda n, _frame: sys.exit(128 + n))
    try:
        log_name = log_name or os.path.join(folder, "log")
        with open(log_name, "wb") as log:
            server, url = start_server(environment, folder, log, options)
        wait_until_ready(server, url, log_name)
        environment.update(
            AWS_ENDPOINT_URL=url,
            AWS_REGION="us-east-1",
            AWS_DEFAULT_REGION="us-east-1",
            AWS_ACCESS_KEY_ID=str(random.randrange(10**11, 10**12)),
            AWS_SECRET_ACCESS_KEY="test",
            AWS_EC2_METADATA_DISABLED="true",
            CAIRN_LOCALSTACK="1",
        )
        if environment.get("HTTP_PROXY") or environment.get("http_proxy"):
            for name in ("NO_PROXY", "no_proxy"):
                environment[name] = ",".join(filter(None, [environment.get(name), "127.0.0.1", "localhost"]))
        code = run_command(arguments, environment)
        if server.poll() is not None:
            sys.stderr.write(f"localstack/with: the server ended early, with code {server.returncode}\n")
    finally:
        sweep(run, folder)
        os.close(watchdog)
    sys.exit(code)


def run_command(arguments, environment):
    try:
        command = subprocess.Popen(arguments, env=environment, preexec_fn=die_with_parent)
    except OSError as error:
        fail(f"cannot run {arguments[0]}: {error.strerror}", 127 if isinstance(error, FileNotFoundError) else 126)

    def pass_on(number, _frame):
        # A terminal sends Ctrl-C to the command as well; nobody else does.
        if number == signal.SIGINT and sys.stdin.isatty():
            return
        try:
            command.send_signal(number)
        except OSError:
            pass

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, pass_on)
    code = command.wait()
    return code if code >= 0 else 128 - code


main()
