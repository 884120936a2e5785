package io.metalimages.rack.machine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a machine wrote to its serial console, as it comes. One thread reads it at a time.
 *
 * <p>Control sequences of terminals are left out of the text, not of the file.
 */
final class Console {

    private static final Pattern CURSOR_MOVE = Pattern.compile("\u001b\\[[0-9;]*H");
    private static final Pattern CONTROL =
            Pattern.compile("\u001b\\[[0-9;?=]*[ -/]*[@-~]|\u001b[()][0-9AB]|\u001b[=>c78]|[\\x00-\\x08\\x0b-\\x1f]");

    /** A control sequence whose end is still to come. */
    private static final Pattern INCOMPLETE = Pattern.compile("\u001b(?:\\[[0-9;?=]*[ -/]*|[()])?\\z");

    /** What a machine writes when it will get no further by itself. */
    private record Sign(Pattern text, String reason) {
        static Sign of(String text, String reason) {
            return new Sign(Pattern.compile(text, Pattern.MULTILINE), reason);
        }
    }

    private static final List<Sign> SIGNS = List.of(
            Sign.of(
                    "IO-APIC \\+ timer doesn't work",
                    "its kernel takes the imitated timer for a broken one, as this machine is too busy"),
            Sign.of("Kernel panic - not syncing", "its kernel panicked"),
            Sign.of("^\\(initramfs\\) ", "its initramfs did not find the root file system and waits in a shell"),
            Sign.of("^dracut:/# ", "its initramfs did not find the root file system and waits in a shell"),
            Sign.of("You are in emergency mode", "systemd went into emergency mode"),
            Sign.of("You are in rescue mode", "systemd went into rescue mode"),
            Sign.of("^grub rescue> ?", "GRUB did not find its modules and waits in its rescue shell"),
            Sign.of("^grub> ?", "GRUB found no configuration to boot from and waits in its shell"),
            Sign.of(
                    "^error: .*file `[^'\n]*/(?:vmlinuz|init(?:rd|ramfs))[^'\n]*' not found",
                    "GRUB did not find the kernel or the initramfs that its menu names"),
            Sign.of("^Shell> ?", "UEFI found nothing to boot from and waits in its shell"),
            Sign.of("BdsDxe: No bootable option or device was found", "UEFI found nothing to boot from"));

    /** Enough to find what is split between two reads. */
    private static final int OVERLAP = 512;

    private static final int SHOWN_LINES = 30;

    private final Path file;
    private final StringBuilder incoming = new StringBuilder();
    private final StringBuilder unseen = new StringBuilder();
    private int searched;
    private long position;

    /** @param file is written by QEMU; may begin with what an earlier run of the machine wrote */
    Console(Path file) throws IOException {
        this.file = file;
        this.position = Files.exists(file) ? Files.size(file) : 0;
    }

    Path file() {
        return file;
    }

    /** Whether {@code text} was written since the last text that was found; what precedes it is then done with. */
    boolean find(String text) throws IOException {
        read();
        int found = unseen.indexOf(text);
        if (found < 0) {
            return false;
        }
        int seen = found + text.length();
        unseen.delete(0, seen);
        searched = Math.max(0, searched - seen);
        return true;
    }

    /** Why the machine gets no further, if it wrote so. */
    Optional<String> fault() throws IOException {
        read();
        int from = Math.max(0, searched - OVERLAP);
        searched = unseen.length();
        return SIGNS.stream()
                .filter(sign -> sign.text()
                        .matcher(unseen)
                        .useAnchoringBounds(false)
                        .region(from, unseen.length())
                        .find())
                .map(Sign::reason)
                .findFirst();
    }

    /** The last lines of all that was written. */
    String end() throws IOException {
        String text = Files.exists(file) ? plain(new String(Files.readAllBytes(file), StandardCharsets.UTF_8)) : "";
        List<String> lines = text.lines().filter(line -> !line.isBlank()).toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - SHOWN_LINES), lines.size()));
    }

    private void read() throws IOException {
        if (!Files.exists(file)) {
            return;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
            while (channel.read(buffer, position) > 0) {
                buffer.flip();
                position += buffer.limit();
                incoming.append(StandardCharsets.ISO_8859_1.decode(buffer));
                buffer.clear();
            }
        }
        Matcher incomplete = INCOMPLETE.matcher(incoming);
        int complete = incomplete.find() ? incomplete.start() : incoming.length();
        unseen.append(plain(incoming.substring(0, complete)));
        incoming.delete(0, complete);
    }

    private static String plain(String text) {
        return CONTROL.matcher(CURSOR_MOVE.matcher(text).replaceAll("\n")).replaceAll("");
    }
}
