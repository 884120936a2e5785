package io.metalimages.supplychain.packages;

import io.metalimages.common.FaultException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The packages of a tree as dpkg's database has them, see dpkg(1) and deb-control(5). */
final class DpkgDatabase {

    private static final String STATUS = "var/lib/dpkg/status";
    private static final int LARGEST_STATUS = 64 << 20;

    /** See dpkg(1): of these packages no files, or no longer any, are there. */
    private static final Set<String> NOT_THERE = Set.of("not-installed", "config-files");

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9+.-]*");
    private static final Pattern RELATED = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9+.-]*");
    private static final Pattern VERSION = Pattern.compile("[a-zA-Z0-9.+:~-]+");
    private static final Pattern SOURCE = Pattern.compile("(\\S+)(?:\\s+\\((\\S+)\\))?");

    private DpkgDatabase() {}

    /**
     * The packages whose files are in the tree at {@code root}, each once, by name, then architecture; nothing if there is no
     * database. A paragraph without a proper name and version is no package.
     *
     * @throws FaultException if the database has more than any: bytes, paragraphs, or fields of a paragraph
     */
    static Optional<List<InstalledPackage>> read(Path root) throws IOException {
        Optional<TreeFile> status = TreeFile.find(root, STATUS);
        if (status.isEmpty()) {
            return Optional.empty();
        }
        byte[] content = status.get()
                .read(LARGEST_STATUS)
                .orElseThrow(() -> tooLarge("more than " + (LARGEST_STATUS >> 20) + " MiB"));
        if (isBlank(content)) {
            return Optional.empty();
        }
        NavigableSet<InstalledPackage> packages = new TreeSet<>(
                Comparator.comparing(InstalledPackage::name).thenComparing(InstalledPackage::architecture));
        try {
            ControlFile.read(
                    new ByteArrayInputStream(content),
                    paragraph -> installed(paragraph).ifPresent(packages::add));
        } catch (ControlFile.TooLargeException e) {
            throw tooLarge(String.valueOf(e.getMessage()));
        }
        return Optional.of(List.copyOf(packages));
    }

    private static boolean isBlank(byte[] content) {
        for (byte one : content) {
            if (!Character.isWhitespace(one)) {
                return false;
            }
        }
        return true;
    }

    private static FaultException tooLarge(String finding) {
        return FaultException.failed(
                "The image's " + STATUS + " is no database of dpkg: it has " + finding + ".", null);
    }

    private static Optional<InstalledPackage> installed(ControlFile.Paragraph paragraph) {
        String state = paragraph.firstLine("Status").orElse("");
        Optional<String> name =
                paragraph.firstLine("Package").filter(text -> NAME.matcher(text).matches());
        Optional<String> version = paragraph
                .firstLine("Version")
                .filter(text -> VERSION.matcher(text).matches());
        if (name.isEmpty() || version.isEmpty() || NOT_THERE.contains(state.substring(state.lastIndexOf(' ') + 1))) {
            return Optional.empty();
        }
        return Optional.of(new InstalledPackage(
                InstalledPackage.Kind.DEB,
                name.get(),
                version.get(),
                paragraph
                        .firstLine("Architecture")
                        .filter(text -> NAME.matcher(text).matches())
                        .orElse("all"),
                source(paragraph, name.get(), version.get()),
                paragraph.firstLine("Maintainer"),
                paragraph.firstLine("Homepage"),
                paragraph.firstLine("Description"),
                Optional.empty(),
                Stream.of(paragraph.field("Pre-Depends"), paragraph.field("Depends"))
                        .flatMap(Optional::stream)
                        .flatMap(relations -> Stream.of(relations.split(",")))
                        .map(alternatives -> names(alternatives.replace('|', ',')))
                        .toList(),
                names(paragraph.field("Provides").orElse(""))));
    }

    /** The names in a list such as {@code libc6 (>= 2.34), debconf:any}. */
    private static List<String> names(String list) {
        List<String> names = new ArrayList<>();
        for (String relation : list.split(",")) {
            Matcher name = RELATED.matcher(relation.strip());
            if (name.lookingAt()) {
                names.add(name.group());
            }
        }
        return names;
    }

    /** It is only named where it differs from the package. */
    private static InstalledPackage.Source source(ControlFile.Paragraph paragraph, String name, String version) {
        Matcher source = SOURCE.matcher(paragraph.firstLine("Source").orElse(""));
        if (!source.matches() || !NAME.matcher(source.group(1)).matches()) {
            return new InstalledPackage.Source(name, version);
        }
        return new InstalledPackage.Source(
                source.group(1),
                Optional.ofNullable(source.group(2))
                        .filter(text -> VERSION.matcher(text).matches())
                        .orElse(version));
    }
}
