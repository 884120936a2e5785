package io.metalimages.build.base;

import io.metalimages.common.Digest;
import io.metalimages.common.linux.FileStatus;
import io.metalimages.common.linux.OpenedDirectory;
import io.metalimages.common.linux.RootDirectory;
import io.metalimages.engine.work.ProcessLauncher;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A minimal system of Red Hat's family, installed by dnf from the archive. Each package's signature is checked; the lists of
 * the archive have none of their own.
 *
 * @param release its major version
 * @param archive the address
 * @param extraArchive the address of {@link RpmDistribution#extraPackages}, if the environment names one
 * @param sources what it is made from
 * @param standIn what its packages really are, if they are from a stand-in for the distribution's archive
 */
record RpmBase(
        RpmDistribution distribution,
        String release,
        BaseOptions options,
        String archive,
        Optional<String> extraArchive,
        List<Source> sources,
        Optional<String> standIn)
        implements DistributionBase {

    /** Changes with what {@link #unpack} does. */
    static final String RECIPE = "1";

    private static final String ARCHIVE = "archive ";
    private static final String EXTRA = "extra-archive ";
    private static final String STAND_IN = "stand-in ";
    private static final String REPOSITORIES = "etc/yum.repos.d";

    /**
     * A repository as it was when the base was pinned.
     *
     * @param content of its {@code repomd.xml}
     * @param date when it was last changed, as that says
     */
    record Source(String repository, Digest content, Instant date) {}

    RpmBase {
        sources = List.copyOf(sources);
    }

    /** Reads what {@link #definition} gave; nothing if the text is anything else, such as a part of it. */
    static Optional<RpmBase> parse(
            RpmDistribution distribution, String release, BaseOptions options, String definition) {
        String archive = "";
        Optional<String> extra = Optional.empty();
        Optional<String> standIn = Optional.empty();
        List<Source> sources = new ArrayList<>();
        for (String line : definition.lines().skip(1).toList()) {
            String[] fields = line.split(" ");
            try {
                if (line.startsWith(ARCHIVE)) {
                    archive = line.substring(ARCHIVE.length());
                } else if (line.startsWith(EXTRA)) {
                    extra = Optional.of(line.substring(EXTRA.length()));
                } else if (line.startsWith(STAND_IN)) {
                    standIn = Optional.of(line.substring(STAND_IN.length()));
                } else if (fields.length == 3) {
                    sources.add(new Source(fields[0], new Digest(fields[1]), Instant.parse(fields[2])));
                }
            } catch (IllegalArgumentException | DateTimeParseException damaged) {
                return Optional.empty();
            }
        }
        RpmBase base = new RpmBase(distribution, release, options, archive, extra, sources, standIn);
        boolean whole = base.definition().equals(definition)
                && !archive.isEmpty()
                && !ArchiveAddress.hasUser(archive + extra.orElse(""))
                && sources.stream()
                        .map(Source::repository)
                        .toList()
                        .equals(distribution.repositories().stream()
                                .filter(repository -> repository.use() == RpmDistribution.Use.BASE)
                                .map(RpmDistribution.Repository::name)
                                .toList());
        return whole ? Optional.of(base) : Optional.empty();
    }

    @Override
    public String definition() {
        List<String> lines = new ArrayList<>();
        lines.add(distribution.heading(release, options));
        lines.add(ARCHIVE + archive);
        extraArchive.ifPresent(address -> lines.add(EXTRA + address));
        sources.forEach(
                source -> lines.add(source.repository() + " " + source.content().hex() + " " + source.date()));
        standIn.ifPresent(real -> lines.add(STAND_IN + real));
        return String.join("\n", lines);
    }

    @Override
    public UsedBase used(String name) {
        return new UsedBase(
                name,
                distribution.heading(release, options),
                true,
                standIn,
                sources.stream().map(this::list).toList());
    }

    private UsedBase.SignedList list(Source source) {
        RpmDistribution.Repository repository = distribution.repositories().stream()
                .filter(each -> each.name().equals(source.repository()))
                .findFirst()
                .orElseThrow();
        return new UsedBase.SignedList(
                repository.address(archive, release) + "/repodata/repomd.xml",
                source.repository(),
                source.content(),
                source.date());
    }

    @Override
    public void unpack(Path directory, ProcessLauncher launcher, Consumer<String> output)
            throws IOException, InterruptedException {
        Dnf dnf = new Dnf(distribution, release, distribution.keys(options), launcher);
        dnf.install(archive, directory, date(), output);
        try (RootDirectory root = RootDirectory.open(directory)) {
            requirePinned(dnf.indexes(archive, root));
            removeStateOfThisMachine(root);
            writeRepositories(root);
        }
    }

    private Instant date() {
        return sources.stream().map(Source::date).max(Instant::compareTo).orElseThrow();
    }

    /** As with {@code AptBase}, the archive may have changed since the base was pinned. */
    private void requirePinned(List<RepositoryIndex> fetched) throws IOException {
        List<String> changed = sources.stream()
                .filter(source -> fetched.stream()
                        .noneMatch(index -> index.repository().equals(source.repository())
                                && index.content().equals(source.content())))
                .map(Source::repository)
                .toList();
        if (!changed.isEmpty()) {
            throw new ArchiveChangedException(this, String.join(", ", changed));
        }
    }

    private void removeStateOfThisMachine(RootDirectory root) throws IOException {
        for (String directory : List.of("var/cache", "var/lib/dnf", "var/log")) {
            Optional<OpenedDirectory> found = root.findDirectory(directory);
            if (found.isPresent()) {
                try (OpenedDirectory opened = found.get()) {
                    boolean withDirectories = !directory.equals("var/log");
                    removeAll(opened, withDirectories);
                }
            }
        }
        Optional<OpenedDirectory> database = root.findDirectory(distribution.database(release));
        if (database.isPresent()) {
            try (OpenedDirectory opened = database.get()) {
                for (String name : List.of(".rpm.lock", "rpmdb.sqlite-shm", "rpmdb.sqlite-wal")) {
                    opened.deleteFile(name);
                }
            }
        }
    }

    private static void removeAll(OpenedDirectory directory, boolean withDirectories) throws IOException {
        for (String name : directory.names()) {
            if (directory.status(name).filter(FileStatus::isDirectory).isEmpty()) {
                directory.deleteFile(name);
            } else if (withDirectories) {
                Optional<OpenedDirectory> below = directory.directory(name);
                if (below.isPresent()) {
                    try (OpenedDirectory opened = below.get()) {
                        removeAll(opened, true);
                    }
                }
                directory.deleteDirectory(name);
            }
        }
    }

    /**
     * The image's dnf uses the archive that its base is from. The files have the names of those in the distribution's own
     * packages, which don't replace files that were changed.
     */
    private void writeRepositories(RootDirectory root) throws IOException {
        try (OpenedDirectory directory = root.makeDirectories(REPOSITORIES, 0755, 0, 0)) {
            for (String name : directory.names()) {
                if (name.endsWith(".repo")) {
                    directory.deleteFile(name);
                }
            }
            for (RpmDistribution.Repository repository : distribution.repositories()) {
                write(
                        directory,
                        distribution.image() + "-" + repository.name(),
                        repository,
                        archive,
                        distribution.keyName());
            }
            if (extraArchive.isPresent()) {
                RpmDistribution.Repository extra = distribution.extraPackages();
                write(
                        directory,
                        extra.name(),
                        extra,
                        extraArchive.get(),
                        "RPM-GPG-KEY-" + extra.name().toUpperCase(Locale.ROOT) + "-$releasever");
            }
        }
    }

    private static void write(
            OpenedDirectory directory, String name, RpmDistribution.Repository repository, String archive, String keys)
            throws IOException {
        String text = """
                [%s]
                name=%s
                baseurl=%s/%s/
                enabled=%d
                gpgcheck=1
                gpgkey=file:///etc/pki/rpm-gpg/%s
                """.formatted(
                        repository.name(),
                        repository.name(),
                        archive,
                        repository.path(),
                        repository.use() == RpmDistribution.Use.DISABLED ? 0 : 1,
                        keys);
        try (FileChannel file = directory.createFile(name + ".repo")) {
            file.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
        }
        directory.changeMode(name + ".repo", 0644);
    }
}
