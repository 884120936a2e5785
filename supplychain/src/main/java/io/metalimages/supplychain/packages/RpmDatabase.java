package io.metalimages.supplychain.packages;

import io.metalimages.artifact.packages.PackageDatabase;
import io.metalimages.common.FaultException;
import io.metalimages.common.ForeignText;
import io.metalimages.common.linux.RootDirectory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The packages of a tree as rpm's database has them, read by this machine's rpm; see rpm(8), "QUERY OPTIONS". */
final class RpmDatabase {

    /** Characters that no tag has: the first ends a field, the second a package, the third an element of a list. */
    private static final String FIELD = "\u0007";

    private static final String PACKAGE = "\f";
    private static final String ELEMENT = "\u000b";

    private static final String FORMAT = String.join(
                    "\\a",
                    "%{NAME}",
                    "%{EPOCHNUM}",
                    "%{VERSION}-%{RELEASE}",
                    "%{ARCH}",
                    "%{SOURCERPM}",
                    "%{VENDOR}",
                    "%{URL}",
                    "%{SUMMARY}",
                    "%{LICENSE}",
                    "[%{REQUIRENAME}\\v]",
                    "[%{PROVIDENAME}\\v]")
            + "\\f";
    private static final int FIELDS = 11;
    private static final String ABSENT = "(none)";

    /** Keys that packages are signed with are kept as packages of that name. */
    private static final String KEY = "gpg-pubkey";

    /** {@code NAME-VERSION-RELEASE.src.rpm}. */
    private static final Pattern SOURCE = Pattern.compile("(.+)-([^-]+-[^-]+)\\.(?:no)?src\\.rpm");

    private static final int LARGEST_OUTPUT = 256 << 20;

    private RpmDatabase() {}

    /**
     * The packages in the tree at {@code root}, by name, then version and architecture; nothing if there is no database.
     *
     * @throws FaultException if rpm is missing on this machine or can't read the database, or if a file of it is a link
     */
    static Optional<List<InstalledPackage>> read(Path root) throws IOException {
        try (RootDirectory tree = RootDirectory.open(root)) {
            Optional<PackageDatabase> found = PackageDatabase.rpm(tree);
            if (found.isEmpty()) {
                return Optional.empty();
            }
            try (PackageDatabase database = found.get()) {
                return Optional.of(parse(query(database)));
            }
        }
    }

    private static String query(PackageDatabase database) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                        "rpm",
                        "--dbpath",
                        database.pathForPrograms().toString(),
                        "--query",
                        "--all",
                        "--queryformat",
                        FORMAT)
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().put("LC_ALL", "C.UTF-8");
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new FaultException(
                    FaultException.Category.MISSING_ON_MACHINE,
                    "The packages of the image cannot be read: " + e.getMessage() + ".",
                    "Install the package rpm on this machine.",
                    e);
        }
        try (InputStream output = process.getInputStream()) {
            process.getOutputStream().close();
            byte[] content = output.readNBytes(LARGEST_OUTPUT);
            if (output.read() >= 0) {
                throw FaultException.failed("The image's database of rpm is larger than any.", null);
            }
            if (process.waitFor() != 0) {
                throw FaultException.failed("The image's database of rpm cannot be read: rpm failed.", null);
            }
            return new String(content, StandardCharsets.UTF_8);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while rpm read the image's packages.", e);
        } finally {
            process.destroyForcibly();
        }
    }

    static List<InstalledPackage> parse(String output) {
        return Stream.of(output.split(PACKAGE))
                .filter(text -> !text.isEmpty())
                .map(RpmDatabase::fields)
                .filter(fields -> !fields[0].equals(KEY))
                .map(RpmDatabase::installed)
                .collect(Collectors.toCollection(() -> new TreeSet<>(Comparator.comparing(InstalledPackage::name)
                        .thenComparing(InstalledPackage::version)
                        .thenComparing(InstalledPackage::architecture))))
                .stream()
                .toList();
    }

    private static String[] fields(String text) {
        String[] fields = text.split(FIELD, -1);
        if (fields.length != FIELDS) {
            throw FaultException.failed(
                    "The image's database of rpm has a package that cannot be understood: "
                            + ForeignText.line(fields[0]) + ".",
                    null);
        }
        return fields;
    }

    private static InstalledPackage installed(String[] fields) {
        String version = fields[1].equals("0") ? fields[2] : fields[1] + ":" + fields[2];
        return new InstalledPackage(
                InstalledPackage.Kind.RPM,
                fields[0],
                version,
                fields[3],
                source(fields[4], fields[0], version),
                present(fields[5]),
                present(fields[6]),
                present(fields[7]),
                present(fields[8]),
                elements(fields[9]).stream().map(List::of).toList(),
                elements(fields[10]));
    }

    private static InstalledPackage.Source source(String file, String name, String version) {
        Matcher source = SOURCE.matcher(file);
        return source.matches()
                ? new InstalledPackage.Source(source.group(1), source.group(2))
                : new InstalledPackage.Source(name, version);
    }

    private static Optional<String> present(String field) {
        return Optional.of(field).filter(text -> !text.isBlank() && !text.equals(ABSENT));
    }

    private static List<String> elements(String list) {
        return Stream.of(list.split(ELEMENT))
                .filter(name -> !name.isEmpty() && !name.equals(ABSENT))
                .distinct()
                .toList();
    }
}
