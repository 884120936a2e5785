package io.metalimages.build.base;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.common.linux.OpenedDirectory;
import io.metalimages.common.linux.OpenedFile;
import io.metalimages.common.linux.RootDirectory;
import io.metalimages.engine.work.ProcessLauncher;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A minimal system of Debian's family, bootstrapped from the signed archive by mmdebstrap. Credentials of this machine's apt
 * are used, and don't get into the base.
 *
 * @param release its code name
 * @param suites what it is made from, all of {@link AptDistribution#suites}
 * @param standIn what its packages really are, if they are from a stand-in for the distribution's archive
 */
record AptBase(
        AptDistribution distribution, String release, BaseOptions options, List<Suite> suites, Optional<String> standIn)
        implements DistributionBase {

    /** Changes with what {@link #unpack} does. */
    static final String RECIPE = "2";

    /** Begins the line of a definition that says what stands in for the distribution. */
    private static final String STAND_IN = "stand-in ";

    private static final String LISTS = "var/lib/apt/lists";

    /** The file of apt's that holds a suite's signed list. */
    private static final Pattern FETCHED_LIST = Pattern.compile(".*_dists_(.*)_InRelease");

    /**
     * A suite as it was when the base was pinned.
     *
     * @param content of its {@code InRelease}
     * @param date when it was last changed, as that says
     */
    record Suite(String uri, String name, Digest content, Instant date) {}

    AptBase {
        suites = List.copyOf(suites);
    }

    /** Reads what {@link #definition} gave; nothing if the text is anything else, such as a part of it. */
    static Optional<AptBase> parse(
            AptDistribution distribution, String release, BaseOptions options, String definition) {
        List<String> lines = definition.lines().toList();
        if (lines.isEmpty() || !lines.getFirst().equals(distribution.heading(release, options))) {
            return Optional.empty();
        }
        List<Suite> suites = new ArrayList<>();
        Optional<String> standIn = Optional.empty();
        for (String line : lines.subList(1, lines.size())) {
            if (line.startsWith(STAND_IN)) {
                standIn = Optional.of(line.substring(STAND_IN.length()));
                continue;
            }
            String[] fields = line.split(" ");
            if (fields.length != 4 || ArchiveAddress.hasUser(fields[0])) {
                return Optional.empty();
            }
            try {
                suites.add(new Suite(fields[0], fields[1], new Digest(fields[2]), Instant.parse(fields[3])));
            } catch (IllegalArgumentException | DateTimeParseException damaged) {
                return Optional.empty();
            }
        }
        AptBase base = new AptBase(distribution, release, options, suites, standIn);
        boolean whole = suites.stream()
                        .map(Suite::name)
                        .toList()
                        .equals(distribution.suites(release, options.withoutSecurity()))
                && base.definition().equals(definition);
        return whole ? Optional.of(base) : Optional.empty();
    }

    /** As a line of sources.list. */
    private String source(Suite suite) {
        return "deb " + suite.uri() + " " + suite.name() + " " + String.join(" ", distribution.components());
    }

    @Override
    public String definition() {
        StringBuilder definition = new StringBuilder(distribution.heading(release, options));
        for (Suite suite : suites) {
            definition
                    .append('\n')
                    .append(String.join(
                            " ",
                            suite.uri(),
                            suite.name(),
                            suite.content().hex(),
                            suite.date().toString()));
        }
        standIn.ifPresent(real -> definition.append('\n').append(STAND_IN).append(real));
        return definition.toString();
    }

    @Override
    public UsedBase used(String name) {
        return new UsedBase(
                name,
                distribution.heading(release, options),
                !options.variable(distribution.archiveVariable()).isEmpty(),
                standIn,
                suites.stream()
                        .map(suite -> new UsedBase.SignedList(
                                suite.uri().replaceFirst("/*$", "") + "/dists/" + suite.name() + "/InRelease",
                                suite.name(),
                                suite.content(),
                                suite.date()))
                        .toList());
    }

    @Override
    public void unpack(Path directory, ProcessLauncher launcher, Consumer<String> output)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                "mmdebstrap",
                "--mode=root",
                "--variant=minbase",
                "--format=directory",
                "--keyring=" + distribution.keys(options),
                // What was fetched is looked at, and removed, below.
                "--skip=cleanup/apt/lists",
                "--aptopt=Acquire::Retries \"3\"",
                "--aptopt=Acquire::Languages \"none\"",
                "--dpkgopt=force-unsafe-io"));
        AptConfiguration.of(options.environment())
                .credentials(launcher)
                .forEach(setting -> command.add("--aptopt=" + setting));
        command.addAll(List.of(release, directory.toString()));
        suites.forEach(suite -> command.add(source(suite)));
        List<String> last = new ArrayList<>();
        int status;
        try {
            status = launcher.run(command, Map.of("LC_ALL", "C.UTF-8"), line -> {
                String shown = ArchiveAddress.withoutUser(line);
                last.add(shown);
                output.accept(shown);
            });
        } catch (IOException e) {
            throw FaultException.missing(
                    "mmdebstrap could not be started: " + e.getMessage(), "Install it: apt-get install mmdebstrap");
        }
        if (status != 0) {
            throw failure(status, last);
        }
        try (RootDirectory root = RootDirectory.open(directory)) {
            requirePinned(root);
            removeStateOfThisMachine(root);
            setUpDpkg(root);
        }
    }

    /** The same file name as in the base images of the container registries, which definitions remove. */
    private static void setUpDpkg(RootDirectory root) throws IOException {
        try (OpenedDirectory settings = directory(root, "etc/dpkg/dpkg.cfg.d")) {
            String name = "docker-apt-speedup";
            try (FileChannel file = settings.createFile(name)) {
                file.write(ByteBuffer.wrap("force-unsafe-io\n".getBytes(StandardCharsets.US_ASCII)));
            }
            settings.changeMode(name, 0644);
        }
    }

    private static OpenedDirectory directory(RootDirectory root, String path) throws IOException {
        return root.findDirectory(path).orElseThrow(() -> new NoSuchFileException(path));
    }

    /**
     * Between the pinning of a base and its making the archive may have changed: within seconds, or in the weeks since, if
     * the base was made before and its files were deleted.
     *
     * @throws ArchiveChangedException if what mmdebstrap has fetched is not what the base is pinned to
     */
    private void requirePinned(RootDirectory root) throws IOException {
        Map<String, Digest> fetched = new HashMap<>();
        try (OpenedDirectory lists = directory(root, LISTS)) {
            for (String name : lists.names()) {
                Matcher list = FETCHED_LIST.matcher(name);
                if (list.matches()) {
                    try (OpenedFile file = lists.file(name).orElseThrow(() -> new NoSuchFileException(name));
                            InputStream content = file.read()) {
                        fetched.put(list.group(1), Digest.of(content));
                    }
                }
            }
        }
        List<String> changed = suites.stream()
                .filter(suite -> !suite.content().equals(fetched.get(suite.name())))
                .map(Suite::name)
                .toList();
        if (!changed.isEmpty()) {
            throw new ArchiveChangedException(this, String.join(", ", changed));
        }
    }

    private FaultException failure(int status, List<String> output) {
        List<String> errors = output.stream()
                .filter(line -> line.startsWith("E: ") || line.startsWith("Err:"))
                .toList();
        String told = String.join(
                "\n  ", errors.isEmpty() ? output.reversed().stream().limit(5).toList() : errors);
        boolean archiveIsAtFault = errors.stream()
                .anyMatch(line -> line.contains("Failed to fetch")
                        || line.startsWith("Err:")
                        || line.contains("is not signed")
                        || line.contains("GPG error"));
        String message = "mmdebstrap could not make " + distribution.title() + " " + release + " (exit status " + status
                + "):\n  " + told;
        return archiveIsAtFault
                ? FaultException.remote(
                        message,
                        "Try again; if it stays, check the sources:\n  "
                                + suites.stream()
                                        .map(suite -> ArchiveAddress.withoutUser(source(suite)))
                                        .collect(Collectors.joining("\n  ")))
                : FaultException.failed(message, null);
    }

    /**
     * mmdebstrap copies this machine's name and resolver in, to have a network while it works, and makes devices if it
     * may, which every container and every machine has of its own.
     */
    private static void removeStateOfThisMachine(RootDirectory root) throws IOException {
        for (String file : List.of(
                "etc/hostname",
                "etc/resolv.conf",
                "etc/apt/apt.conf.d/99mmdebstrap",
                "etc/dpkg/dpkg.cfg.d/99mmdebstrap",
                "var/cache/ldconfig/aux-cache",
                "var/lib/systemd/random-seed")) {
            int slash = file.lastIndexOf('/');
            Optional<OpenedDirectory> above = root.findDirectory(file.substring(0, slash));
            if (above.isPresent()) {
                try (OpenedDirectory directory = above.get()) {
                    directory.deleteFile(file.substring(slash + 1));
                }
            }
        }
        try (OpenedDirectory devices = directory(root, "dev")) {
            for (String device : devices.names()) {
                if (!devices.deleteFile(device) && !devices.deleteDirectory(device)) {
                    throw new DirectoryNotEmptyException("/dev/" + device);
                }
            }
        }
        for (String directory : List.of("var/log", "var/log/apt", LISTS, "var/cache/debconf", "var/lib/dpkg")) {
            boolean everything = directory.startsWith("var/log") || directory.equals(LISTS);
            try (OpenedDirectory opened = directory(root, directory)) {
                for (String name : opened.names()) {
                    if ((everything || name.endsWith("-old")) && !name.equals("lock")) {
                        opened.deleteFile(name); // and no directory
                    }
                }
            }
        }
    }
}
