package io.metalimages.engine.exec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A program that carries connections from a network namespace out of this machine without privileges there. Each prints
 * one character when the namespace has its interface, and ends when its standard input does, so that it does not outlive
 * this process even if that is killed.
 */
enum NetworkCarrier {
    /** See slirp4netns(1). */
    SLIRP4NETNS("10.0.2.3") {
        @Override
        List<String> command(Path namespace, Path scratch) throws IOException {
            List<String> command = new ArrayList<>(List.of(
                    "sh",
                    "-c",
                    "exec \"$@\" 3>&1 >&2",
                    "sh",
                    "slirp4netns",
                    "--configure",
                    "--mtu=65520",
                    "--disable-host-loopback",
                    "--enable-sandbox",
                    "--enable-seccomp",
                    "--ready-fd=3",
                    "--exit-fd=0",
                    "--netns-type=path"));
            if (leadsOutBySixthVersion()) {
                command.add("--enable-ipv6");
            }
            command.addAll(List.of(namespace.toString(), "tap0"));
            return command;
        }
    },
    /** See passt(1). Ports are forwarded in neither direction, and no address stands for this machine. */
    PASTA("169.254.1.1") {
        @Override
        List<String> command(Path namespace, Path scratch) {
            String process = scratch.resolve("pasta.pid").toString();
            return List.of(
                    "sh",
                    "-c",
                    SUPERVISION,
                    "sh",
                    process,
                    "pasta",
                    "--foreground",
                    "--quiet",
                    "--config-net",
                    "--no-map-gw",
                    "--tcp-ports=none",
                    "--udp-ports=none",
                    "--tcp-ns=none",
                    "--udp-ns=none",
                    "--dns-forward=" + nameServer(),
                    "--runas=0",
                    "--pid=" + process,
                    "--netns-only",
                    "--netns=" + namespace);
        }
    };

    /** pasta writes its process id when all is set up, and takes no notice of its standard input. */
    private static final String SUPERVISION = """
            pid=$1
            shift
            "$@" >&2 </dev/null &
            pasta=$!
            until [ -s "$pid" ]; do
                kill -0 $pasta 2>/dev/null || exit 1
                sleep 0.01
            done
            printf 1
            exec >&2
            read -r _
            kill $pasta
            """;

    private static final Path ROUTES = Path.of("/proc/net/ipv6_route");

    private final String nameServer;

    NetworkCarrier(String nameServer) {
        this.nameServer = nameServer;
    }

    /**
     * The command that serves a namespace.
     *
     * @param namespace a file that stands for it
     * @param scratch for the program's own files
     */
    abstract List<String> command(Path namespace, Path scratch) throws IOException;

    /** The program's name. */
    String program() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The address in the namespace at which this machine's name servers answer, also those on its loopback. */
    String nameServer() {
        return nameServer;
    }

    /** Whether this machine has a default route by IPv6. */
    private static boolean leadsOutBySixthVersion() throws IOException {
        if (!Files.exists(ROUTES)) {
            return false;
        }
        return Files.readAllLines(ROUTES).stream()
                .map(line -> line.trim().split("\\s+"))
                .anyMatch(route -> route[0].matches("0{32}") && route[1].equals("00") && !route[9].equals("lo"));
    }
}
