package io.metalimages.engine.exec;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Which system calls a step may use: those of the container engines' default profile for a container without
 * CAP_SYS_ADMIN. The names stand in {@code system-calls.txt}; the rules that look at arguments stand here. A profile that
 * a machine ships is not used, as some allow user namespaces and the keyrings of the user who builds.
 *
 * <p>See seccomp(2) and {@code linux.seccomp} of the OCI runtime specification. What the runtime's libseccomp does not know
 * it leaves out.
 */
final class SeccompProfile {

    private static final int EPERM = 1;
    private static final int ENOSYS = 38;

    /** CLONE_NEW* of clone(2): mount, cgroup, UTS, IPC, user, PID and network. */
    private static final long NEW_NAMESPACES =
            0x00020000L | 0x02000000L | 0x04000000L | 0x08000000L | 0x10000000L | 0x20000000L | 0x40000000L;

    /** Linux, Linux with 32-bit addresses on 64 bits, {@code uname26}, both of them, and the question for the present one. */
    private static final List<Long> PERSONALITIES = List.of(0x0L, 0x8L, 0x20000L, 0x20008L, 0xffffffffL);

    /** The kernel's cryptography, which nobody needs and which was open to attack. */
    private static final long AF_ALG = 38;

    private static final long AF_NFC = 39;

    /** Sockets that lead to the hypervisor, past every network namespace. */
    private static final long AF_VSOCK = 40;

    private static final List<String> ALLOWED = allowed();

    private SeccompProfile() {}

    /** The {@code linux.seccomp} object. */
    static Map<String, Object> specification() {
        return Map.of(
                "defaultAction",
                "SCMP_ACT_ERRNO",
                "defaultErrnoRet",
                EPERM,
                "architectures",
                architectures(System.getProperty("os.arch")),
                "syscalls",
                Stream.concat(
                                Stream.of(
                                        Map.of("names", ALLOWED, "action", "SCMP_ACT_ALLOW"),
                                        // Two rules for one argument hold if either does.
                                        allow("socket", argument(AF_ALG, "SCMP_CMP_LT")),
                                        allow("socket", argument(AF_NFC, "SCMP_CMP_EQ")),
                                        allow("socket", argument(AF_VSOCK, "SCMP_CMP_GT")),
                                        allow("clone", masked(NEW_NAMESPACES)),
                                        // Its flags lie in memory, where no filter sees them; C libraries fall back to
                                        // clone.
                                        Map.of(
                                                "names",
                                                List.of("clone3"),
                                                "action",
                                                "SCMP_ACT_ERRNO",
                                                "errnoRet",
                                                ENOSYS)),
                                PERSONALITIES.stream()
                                        .map(personality -> allow("personality", argument(personality, "SCMP_CMP_EQ"))))
                        .toList());
    }

    /** A processor's own architecture, and those whose programs it runs as well. */
    private static List<String> architectures(String processor) {
        return switch (processor) {
            case "amd64", "x86_64" -> List.of("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32");
            case "aarch64" -> List.of("SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM");
            case "riscv64" -> List.of("SCMP_ARCH_RISCV64");
            case "ppc64le" -> List.of("SCMP_ARCH_PPC64LE");
            default -> throw new IllegalStateException("There are no system calls known of " + processor + ".");
        };
    }

    private static Map<String, Object> allow(String name, Map<String, Object> argument) {
        return Map.of("names", List.of(name), "action", "SCMP_ACT_ALLOW", "args", List.of(argument));
    }

    private static Map<String, Object> argument(long value, String comparison) {
        return Map.of("index", 0, "value", value, "op", comparison);
    }

    /** The first argument has none of these bits. */
    private static Map<String, Object> masked(long bits) {
        return Map.of("index", 0, "value", bits, "valueTwo", 0, "op", "SCMP_CMP_MASKED_EQ");
    }

    private static List<String> allowed() {
        try (InputStream list = SeccompProfile.class.getResourceAsStream("system-calls.txt")) {
            String text = new String(Objects.requireNonNull(list).readAllBytes(), StandardCharsets.UTF_8);
            return text.lines()
                    .filter(line -> !line.startsWith("#"))
                    .flatMap(line -> Stream.of(line.split(" ")))
                    .filter(name -> !name.isEmpty())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
