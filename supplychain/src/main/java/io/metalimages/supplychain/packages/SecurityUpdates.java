package io.metalimages.supplychain.packages;

import io.metalimages.common.FaultException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The security updates that the packages of an image had of late, as their own changelogs tell: entries that went to a
 * distribution whose name ends in {@code -security}, or that name a CVE. It is the file {@code security-updates.json}
 * beside an image.
 *
 * <p>A changelog tells what its authors wrote into it. A vulnerability that is named nowhere in it is not here either.
 *
 * <p>Immutable.
 *
 * @param since how old the oldest entries can be
 * @param missing why nothing is known of the whole image, as a whole sentence; empty if something is
 * @param sources the source packages of all installed packages, by name, the newest version of each first
 */
public record SecurityUpdates(Instant since, Optional<String> missing, List<SourcePackage> sources) {

    /** What the file is called. */
    public static final String FILE = "security-updates.json";

    private static final int FORMAT = 1;
    private static final int YEARS = 2;
    private static final Pattern VULNERABILITY = Pattern.compile("CVE-[0-9]{4}-[0-9]{4,12}");

    /**
     * What was installed from one source package.
     *
     * @param version of the source package; that of a package built from it may be another
     * @param packages the installed packages with their versions
     * @param updates newest first
     * @param flaw why its changelog could not be read, in half a sentence; then {@code updates} is empty
     */
    public record SourcePackage(
            String name,
            String version,
            SortedMap<String, String> packages,
            List<Update> updates,
            Optional<String> flaw) {

        public SourcePackage {
            packages = Collections.unmodifiableSortedMap(new TreeMap<>(packages));
            updates = List.copyOf(updates);
        }

        private List<Update> newerThan(String olderVersion) {
            DebianVersion older = new DebianVersion(olderVersion);
            return updates.stream()
                    .filter(update -> new DebianVersion(update.version()).compareTo(older) > 0)
                    .toList();
        }
    }

    /**
     * An entry of a changelog.
     *
     * @param version of the source package
     * @param distribution {@code bookworm-security}; several with spaces between
     * @param date of the entry, to the second
     * @param vulnerabilities the CVEs that it names, sorted; may be none
     */
    public record Update(String version, String distribution, Instant date, List<String> vulnerabilities) {

        public Update {
            vulnerabilities = List.copyOf(vulnerabilities);
        }
    }

    public SecurityUpdates {
        sources = List.copyOf(sources);
    }

    /**
     * Reads the changelogs of the packages in the tree at {@code root}, which may be anything. A changelog that is broken,
     * absent or too long is a flaw of its package. A tree without dpkg's database has {@link #missing}.
     *
     * @param sourceDate of the image; the two years before it are told, and all that is newer
     * @throws FaultException if the database is larger than any
     */
    public static SecurityUpdates read(Path root, Instant sourceDate) throws IOException {
        Instant since = sourceDate.atOffset(ZoneOffset.UTC).minusYears(YEARS).toInstant();
        Optional<List<InstalledPackage>> installed = DpkgDatabase.read(root);
        if (installed.isEmpty()) {
            return new SecurityUpdates(
                    since,
                    Optional.of("The image has no packages of Debian's kind, whose changelogs tell it."),
                    List.of());
        }
        Map<InstalledPackage.Source, SortedMap<String, String>> bySource = new HashMap<>();
        for (InstalledPackage one : installed.get()) {
            bySource.computeIfAbsent(one.source(), source -> new TreeMap<>()).putIfAbsent(one.name(), one.version());
        }
        ChangelogFinder finder = new ChangelogFinder(root, since);
        List<SourcePackage> sources = bySource.entrySet().parallelStream()
                .map(entry -> finder.tell(entry.getKey(), entry.getValue()))
                .sorted(ORDER)
                .toList();
        return new SecurityUpdates(since, Optional.empty(), sources);
    }

    private static final Comparator<SourcePackage> ORDER = Comparator.comparing(SourcePackage::name)
            .thenComparing((SourcePackage source) -> new DebianVersion(source.version()), Comparator.reverseOrder())
            .thenComparing(SourcePackage::version);

    /**
     * What an image has of a package; of several versions the newest.
     *
     * @param name of a source package, or of an installed one
     */
    public Optional<SourcePackage> find(String name) {
        return sources.stream()
                .filter(source -> source.name().equals(name))
                .findFirst()
                .or(() -> sources.stream()
                        .filter(source -> source.packages().containsKey(name))
                        .findFirst());
    }

    /**
     * The updates that came between an older version of a package and the one in this image, newest first. It says nothing
     * where nothing is known: see {@link SourcePackage#flaw}.
     *
     * <p>An installed package may count its versions otherwise than its source package: {@code dmsetup 2:1.02.185-2} was
     * built from {@code lvm2 2.03.16-2}. For those {@link #after} tells it rightly, this one by chance.
     *
     * @param name of a source package, or of an installed one
     */
    public List<Update> between(String name, String olderVersion) {
        Optional<SourcePackage> found = find(name);
        if (found.isEmpty() || olderVersion.equals(found.get().packages().get(name))) {
            return List.of();
        }
        return found.get().newerThan(olderVersion);
    }

    /**
     * The updates that this image has and an older one does not, by source package, newest first. Packages that the older
     * one did not have are left out, and so are those without updates.
     */
    public SequencedMap<SourcePackage, List<Update>> after(SecurityUpdates older) {
        SequencedMap<SourcePackage, List<Update>> after = new LinkedHashMap<>();
        for (SourcePackage source : sources) {
            List<Update> updates = older.find(source.name())
                    .map(before -> source.newerThan(before.version()))
                    .orElse(List.of());
            if (!updates.isEmpty()) {
                after.put(source, updates);
            }
        }
        return after;
    }

    /** The file's content: JSON in UTF-8. */
    public byte[] toJson() {
        ObjectNode root = JsonMapper.shared().createObjectNode();
        root.put("format", FORMAT);
        root.put("since", since.toString());
        missing.ifPresent(reason -> root.put("missing", reason));
        ArrayNode array = root.putArray("sources");
        for (SourcePackage source : sources) {
            ObjectNode node = array.addObject();
            node.put("source", source.name());
            node.put("version", source.version());
            ObjectNode packages = node.putObject("packages");
            source.packages().forEach(packages::put);
            source.flaw().ifPresent(flaw -> node.put("flaw", flaw));
            ArrayNode updates = node.putArray("updates");
            source.updates().forEach(update -> write(update, updates.addObject()));
        }
        return (JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    private static void write(Update update, ObjectNode node) {
        node.put("version", update.version());
        node.put("distribution", update.distribution());
        node.put("date", update.date().toString());
        ArrayNode vulnerabilities = node.putArray("cves");
        update.vulnerabilities().forEach(vulnerabilities::add);
    }

    /**
     * Reads what {@link #toJson} wrote.
     *
     * @param origin how messages call it
     * @throws FaultException if it is damaged, or was written by a later version of this program
     */
    public static SecurityUpdates parse(byte[] json, String origin) {
        try {
            JsonNode root = JsonMapper.shared().readTree(json);
            if (root.path("format").asInt(0) > FORMAT) {
                throw new FaultException(
                        FaultException.Category.FAILED_WORK,
                        origin + " was written by a later version of this program.",
                        "Take that version.",
                        null);
            }
            require(root.path("format").asInt(0) == FORMAT, "its format is not " + FORMAT);
            require(root.path("sources").isArray(), "it has no sources");
            List<SourcePackage> sources = new ArrayList<>();
            for (JsonNode node : root.path("sources")) {
                sources.add(source(node));
            }
            return new SecurityUpdates(
                    Instant.parse(root.path("since").asString("")), optionalText(root, "missing"), sources);
        } catch (MalformedException | JacksonException | DateTimeException e) {
            throw FaultException.failed(origin + " is damaged: " + e.getMessage() + ".", e);
        }
    }

    private static final class MalformedException extends Exception {
        private static final long serialVersionUID = 1L;

        MalformedException(String reason) {
            super(reason);
        }
    }

    private static void require(boolean condition, String reason) throws MalformedException {
        if (!condition) {
            throw new MalformedException(reason);
        }
    }

    private static SourcePackage source(JsonNode node) throws MalformedException {
        String name = text(node, "source");
        SortedMap<String, String> packages = new TreeMap<>();
        for (Map.Entry<String, JsonNode> entry : node.path("packages").properties()) {
            require(entry.getValue().isString(), "the version of " + entry.getKey() + " is none");
            packages.put(entry.getKey(), entry.getValue().asString());
        }
        List<Update> updates = new ArrayList<>();
        for (JsonNode update : node.path("updates")) {
            List<String> vulnerabilities = new ArrayList<>();
            for (JsonNode vulnerability : update.path("cves")) {
                String text = vulnerability.asString("");
                require(VULNERABILITY.matcher(text).matches(), "a CVE of " + name + " is none");
                vulnerabilities.add(text);
            }
            updates.add(new Update(
                    text(update, "version"),
                    text(update, "distribution"),
                    Instant.parse(update.path("date").asString("")),
                    vulnerabilities));
        }
        return new SourcePackage(name, text(node, "version"), packages, updates, optionalText(node, "flaw"));
    }

    private static String text(JsonNode node, String member) throws MalformedException {
        return optionalText(node, member).orElseThrow(() -> new MalformedException("a " + member + " is missing"));
    }

    private static Optional<String> optionalText(JsonNode node, String member) throws MalformedException {
        JsonNode value = node.path(member);
        require(value.isString() || value.isMissingNode(), "a " + member + " is no text");
        return Optional.of(value.asString("")).filter(text -> !text.isEmpty());
    }
}
