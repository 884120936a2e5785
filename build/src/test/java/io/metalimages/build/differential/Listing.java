package io.metalimages.build.differential;

import io.metalimages.common.linux.ExtendedAttributes;
import io.metalimages.common.linux.FileStatus;
import io.metalimages.registry.image.ContainerConfiguration;
import io.metalimages.registry.image.HistoryEntry;
import io.metalimages.registry.image.ImageConfiguration;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Describes a built image: a line for each file that the base does not have like this, and lines for what the configuration says
 * beyond that of an image of nothing.
 *
 * <p>Of a file: type, mode, owner, path, content or target, extended attributes, the first of its names if it has several, and
 * its time if that is one from before these tests were written: then somebody has set it.
 */
final class Listing {

    private static final Instant SET_BY_HAND = Instant.parse("2020-01-01T00:00:00Z");
    /** Each release of BuildKit has another text for its options. */
    private static final Pattern HEALTH_CHECK = Pattern.compile("^(HEALTHCHECK) .*$", Pattern.DOTALL);

    private static final int LONGEST_CONTENT = 300;
    private static final String DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private Listing() {}

    static List<String> of(Path root, ImageConfiguration configuration, SortedMap<String, String> base)
            throws IOException {
        List<String> lines = new ArrayList<>();
        SortedMap<String, String> tree = tree(root);
        tree.forEach((path, line) -> {
            if (!line.equals(base.get(path))) {
                lines.add(line);
            }
        });
        boolean startsFromBase = tree.containsKey("bin/busybox");
        if (startsFromBase) {
            base.keySet().stream().filter(path -> !tree.containsKey(path)).forEach(path -> lines.add("- " + path));
        }
        lines.addAll(configuration(configuration));
        return lines;
    }

    /** A line by the path of each file. */
    static SortedMap<String, String> tree(Path root) throws IOException {
        Map<List<Long>, String> names = new HashMap<>();
        SortedMap<String, String> lines = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.sorted().toList()) {
                String path = file.equals(root) ? "." : root.relativize(file).toString();
                lines.put(path, line(file, path, names));
            }
        }
        return lines;
    }

    private static String line(Path file, String path, Map<List<Long>, String> names) throws IOException {
        FileStatus status = FileStatus.of(file);
        StringBuilder line = new StringBuilder("%s %04o %d:%d %s"
                .formatted(type(status), status.permissions(), status.user(), status.group(), escaped(path)));
        if (status.isSymbolicLink()) {
            line.append(" -> ").append(escaped(Files.readSymbolicLink(file).toString()));
        } else if (status.isRegularFile()) {
            line.append(" '").append(content(file, status)).append('\'');
        } else if (status.type() == FileStatus.CHARACTER_DEVICE || status.type() == FileStatus.BLOCK_DEVICE) {
            line.append(' ').append(status.specialDevice());
        }
        ExtendedAttributes.read(file).forEach((name, value) -> {
            if (!name.startsWith("trusted.overlay.")) {
                line.append(' ')
                        .append(name)
                        .append('=')
                        .append(escaped(new String(value, StandardCharsets.ISO_8859_1)));
            }
        });
        if (!status.isDirectory() && status.links() > 1) {
            String first = names.putIfAbsent(List.of(status.device(), status.inode()), path);
            if (first != null) {
                line.append(" = ").append(escaped(first));
            }
        }
        if (status.modified().toInstant().isBefore(SET_BY_HAND)) {
            line.append(" @").append(status.modified().toInstant());
        }
        return line.toString();
    }

    private static char type(FileStatus status) {
        if (status.isRegularFile()) {
            return 'f';
        }
        if (status.isDirectory()) {
            return 'd';
        }
        if (status.isSymbolicLink()) {
            return 'l';
        }
        return switch (status.type()) {
            case FileStatus.CHARACTER_DEVICE -> 'c';
            case FileStatus.BLOCK_DEVICE -> 'b';
            case FileStatus.PIPE -> 'p';
            default -> 's';
        };
    }

    private static String content(Path file, FileStatus status) throws IOException {
        return status.size() > LONGEST_CONTENT
                ? status.size() + " bytes"
                : escaped(Files.readString(file, StandardCharsets.ISO_8859_1));
    }

    private static List<String> configuration(ImageConfiguration image) {
        ContainerConfiguration container = image.container();
        List<String> lines = new ArrayList<>();
        add(lines, "Author", image.author());
        add(lines, "User", container.user());
        container.exposedPorts().forEach(port -> add(lines, "ExposedPorts", port));
        container.environment().forEach((name, value) -> {
            if (!name.equals("PATH") || !value.equals(DEFAULT_PATH)) {
                add(lines, "Env", name + "=" + value);
            }
        });
        container.entrypoint().forEach(argument -> add(lines, "Entrypoint", argument));
        container.command().forEach(argument -> add(lines, "Cmd", argument));
        container.volumes().forEach(path -> add(lines, "Volumes", path));
        if (!container.workingDirectory().equals("/")) {
            add(lines, "WorkingDir", container.workingDirectory());
        }
        container.labels().forEach((name, value) -> add(lines, "Labels", name + "=" + value));
        add(lines, "StopSignal", container.stopSignal());
        container.healthCheck().ifPresent(check -> add(lines, "Healthcheck", check.toString()));
        container.onBuild().forEach(instruction -> add(lines, "OnBuild", instruction));
        container.shell().forEach(argument -> add(lines, "Shell", argument));
        for (HistoryEntry entry : image.history()) {
            if (entry.comment().startsWith("buildkit.dockerfile")) {
                String step = HEALTH_CHECK.matcher(entry.createdBy()).replaceFirst("$1");
                lines.add((entry.emptyLayer() ? "# " : "#+ ") + escaped(step));
            }
        }
        return lines;
    }

    private static void add(List<String> lines, String member, String value) {
        if (!value.isEmpty() || member.equals("Cmd") || member.equals("Entrypoint")) {
            lines.add(member + " " + escaped(value));
        }
    }

    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        text.chars().forEach(character -> {
            switch (character) {
                case '\\' -> escaped.append("\\\\");
                case '\n' -> escaped.append("\\n");
                case '\t' -> escaped.append("\\t");
                case '\r' -> escaped.append("\\r");
                default -> {
                    if (character < ' ' || character == 0x7f) {
                        escaped.append("\\x%02x".formatted(character));
                    } else {
                        escaped.append((char) character);
                    }
                }
            }
        });
        return escaped.toString();
    }
}
