package io.metalimages.rack.machine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What QEMU wrote to its standard error.
 *
 * @param file may be missing
 */
record QemuLog(Path file) {

    /** {@code kvm_handle_internal_error} in QEMU's {@code accel/kvm/kvm-all.c}. */
    private static final Pattern INTERNAL_ERROR = Pattern.compile("KVM internal error\\. Suberror: (\\d+)");

    private static final String EMULATION_FAILURE = "emulation failure";

    /** The program's name, the severity, and the place in QEMU's source. */
    private static final Pattern PREFIX = Pattern.compile(
            "^(?:" + HostRequirements.QEMU + ": )?(?:error: )?(?:[\\w./-]+:\\d+: \\w+: )?", Pattern.CASE_INSENSITIVE);

    private static final int LONGEST_REASON = 80;

    /** The last line, without the program's name; empty if there is none. */
    String lastLine() throws IOException {
        List<String> lines = lines();
        return lines.isEmpty() ? "" : lines.getLast().replaceFirst("^" + HostRequirements.QEMU + ": ", "");
    }

    /**
     * Why QEMU or its guest came to a stop, in a few words such as {@code KVM internal error: emulation failure}; empty if
     * nothing is said of it.
     */
    Optional<String> reason() throws IOException {
        List<String> lines = lines();
        for (String line : lines) {
            Matcher error = INTERNAL_ERROR.matcher(line);
            if (error.find()) {
                return Optional.of("KVM internal error: "
                        + (lines.contains(EMULATION_FAILURE) ? EMULATION_FAILURE : "suberror " + error.group(1)));
            }
        }
        return lines.stream()
                .filter(line -> line.startsWith("KVM: ") || line.contains("error: "))
                .findFirst()
                .or(() -> lines.isEmpty() ? Optional.empty() : Optional.of(lines.getLast()))
                .map(QemuLog::brief);
    }

    boolean mentionsKvm() throws IOException {
        return lines().stream().anyMatch(QemuLog::mentionsKvm);
    }

    private static boolean mentionsKvm(String line) {
        return line.toLowerCase(Locale.ROOT).contains("kvm");
    }

    private List<String> lines() throws IOException {
        if (!Files.exists(file)) {
            return List.of();
        }
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> !line.isBlank() && !line.contains("warning: "))
                .toList();
    }

    private static String brief(String line) {
        String text = PREFIX.matcher(line).replaceFirst("").strip();
        String reason = mentionsKvm(text) ? text : "QEMU: " + text;
        return reason.length() <= LONGEST_REASON ? reason : reason.substring(0, LONGEST_REASON - 1) + "…";
    }
}
