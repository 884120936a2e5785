package io.metalimages.build.base;

import io.metalimages.common.FaultException;
import io.metalimages.engine.work.ProcessLauncher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A distribution of Red Hat's family, which dnf bootstraps. This machine's package manager knows nothing of its archive, so
 * that the environment has to name it.
 *
 * @param repositories of the archive, those that the base is made from first
 * @param extraPackages a further archive of packages for this distribution, by another publisher
 * @param packages what a base consists of, with all that they need
 * @param databases where each release's rpm keeps its database
 * @param keyName of the file in {@code /etc/pki/rpm-gpg} with the keys that sign the packages; may have {@code $releasever} in it
 */
record RpmDistribution(
        String image,
        String title,
        Map<String, String> releases,
        List<Repository> repositories,
        Repository extraPackages,
        List<String> packages,
        Map<String, String> databases,
        String keyName)
        implements Distribution {

    RpmDistribution {
        releases = Map.copyOf(releases);
        repositories = List.copyOf(repositories);
        packages = List.copyOf(packages);
        databases = Map.copyOf(databases);
    }

    /** Where a release's rpm keeps its database, without the leading slash. */
    String database(String release) {
        return Objects.requireNonNull(databases.get(release), release);
    }

    /**
     * A repository of an archive.
     *
     * @param path below the archive's address, with dnf's variables {@code $releasever} and {@code $basearch}
     */
    record Repository(String name, String path, Use use) {

        String address(String archive, String release) {
            return archive + "/"
                    + path.replace("$releasever", release)
                            .replace("$basearch", Architecture.ofThisMachine().rpm());
        }
    }

    /** What a repository is good for. */
    enum Use {
        /** The base is made from it. */
        BASE,
        ENABLED,
        DISABLED
    }

    /** The file with the keys that sign the packages. */
    Path keys(BaseOptions options) {
        String named = options.variable(keyringVariable());
        if (named.isEmpty()) {
            throw FaultException.missing(
                    "The keys that sign " + title + "'s packages are not known: " + keyringVariable() + " is not set.",
                    "Set it to a file with them. The installation media and systems of " + title
                            + " have it as /etc/pki/rpm-gpg/" + keyName + ".");
        }
        Path file = Path.of(named);
        if (!Files.isRegularFile(file)) {
            throw FaultException.wrongInput(
                    keyringVariable() + " names " + file + ", which is no file.", "Correct it, or unset it.");
        }
        return file.toAbsolutePath();
    }

    @Override
    public String heading(String release, BaseOptions options) {
        return image + " " + release + " " + Architecture.ofThisMachine().rpm() + " recipe " + RpmBase.RECIPE;
    }

    @Override
    public DistributionBase pin(String release, BaseOptions options, Path directory, ProcessLauncher launcher)
            throws IOException, InterruptedException {
        List<String> archives = archives(options);
        Optional<String> extra = archives.size() > 1 ? Optional.of(archives.get(1)) : Optional.empty();
        Dnf dnf = new Dnf(this, release, keys(options), launcher);
        List<RpmBase.Source> sources = new ArrayList<>();
        Optional<String> standIn = Optional.empty();
        for (RepositoryIndex index : dnf.readIndexes(archives.getFirst(), directory.resolve("root"))) {
            sources.add(new RpmBase.Source(index.repository(), index.content(), index.date()));
            standIn = standIn.or(index::standIn);
        }
        return new RpmBase(this, release, options, archives.getFirst(), extra, sources, standIn);
    }

    private List<String> archives(BaseOptions options) {
        String variable = archiveVariable();
        String named = options.variable(variable);
        if (named.isEmpty()) {
            throw FaultException.missing(
                    "No archive of " + title + " is known: " + variable + " is not set.",
                    "Set " + variable + " to the URL of " + title + "'s archive or of a mirror of it, below which "
                            + repositories.getFirst().path() + " is, and " + keyringVariable()
                            + " to a file with the keys that sign its packages.");
        }
        List<String> archives = List.of(named.split("\\s+"));
        archives.forEach(address -> ArchiveAddress.requireNoUser(variable, address, FaultException::wrongInput));
        return archives.stream().map(address -> address.replaceFirst("/+$", "")).toList();
    }

    @Override
    public Optional<DistributionBase> parse(String release, BaseOptions options, String definition) {
        return RpmBase.parse(this, release, options, definition).map(base -> base);
    }
}
