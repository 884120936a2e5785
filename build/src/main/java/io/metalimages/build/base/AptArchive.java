package io.metalimages.build.base;

import io.metalimages.common.FaultException;
import io.metalimages.engine.work.ProcessLauncher;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds a release of a distribution, its updates and its security updates: in the archives that apt's sources name, or in
 * those that the environment names in their place.
 */
final class AptArchive {

    private final AptDistribution distribution;
    private final BaseOptions options;
    private final ProcessLauncher launcher;
    private final Apt apt;

    /** @param directory takes what is fetched */
    AptArchive(AptDistribution distribution, BaseOptions options, Path directory, ProcessLauncher launcher) {
        this.distribution = distribution;
        this.options = options;
        this.launcher = launcher;
        this.apt = new Apt(distribution, AptConfiguration.of(options.environment()), directory, launcher);
    }

    /**
     * A suite of an archive, as it is now.
     *
     * @param name of the directory that its list lies in
     */
    record Suite(String uri, String name, SignedRelease release) {}

    /**
     * Looks all suites of a release up.
     *
     * @throws FaultException if an address has a user's name or password in it, or a suite is missing, can't be reached,
     *     isn't signed by the distribution, or is older than it may be
     */
    List<Suite> find(String release) throws IOException, InterruptedException {
        List<String> suites = distribution.suites(release, options.withoutSecurity());
        String security = distribution.security(release);
        Places places = places(release);
        if (suites.contains(security) && places.security().isEmpty()) {
            throw withoutSecurity(release, places);
        }
        Suite main = first(places.main(), release);
        List<Suite> found = new ArrayList<>(List.of(main));
        for (String suite : suites) {
            if (suite.equals(security)) {
                found.add(first(places.security(), suite));
            } else if (!suite.equals(release)) {
                found.add(suite(main.uri(), suite));
            }
        }
        return found;
    }

    /**
     * Where the suites may be.
     *
     * @param named who says so, for messages
     * @param main at least one
     */
    private record Places(String named, List<String> main, List<String> security) {}

    private Places places(String release) throws IOException, InterruptedException {
        String variable = distribution.archiveVariable();
        String named = options.variable(variable);
        if (!named.isEmpty()) {
            List<String> uris = List.of(named.split("\\s+"));
            uris.forEach(uri -> ArchiveAddress.requireNoUser(variable, uri, FaultException::wrongInput));
            List<String> main = uris.subList(0, 1);
            return new Places(variable, main, orMain(uris.subList(1, Math.min(uris.size(), 2)), main));
        }
        List<Apt.Source> sources = apt.sources();
        List<String> main = addresses(sources, distribution.releaseSuites(), release);
        if (main.isEmpty()) {
            throw FaultException.missing(
                    "No archive of " + distribution.title() + " is known: apt's sources on this machine name none, and "
                            + variable + " is not set.",
                    "Set " + variable + " to the URL of " + distribution.title() + "'s archive or of a mirror of it,"
                            + " or add one below /etc/apt/sources.list.d.");
        }
        List<String> security =
                orMain(addresses(sources, distribution.securitySuites(), distribution.security(release)), main);
        Stream.concat(main.stream(), security.stream())
                .forEach(uri -> ArchiveAddress.requireNoUser("apt's sources", uri, FaultException::missing));
        return new Places("apt's sources", main, security);
    }

    private List<String> orMain(List<String> security, List<String> main) {
        return switch (distribution.layout().security()) {
            case ARCHIVE_OF_THEIR_OWN -> security;
            case IN_THE_SAME_ARCHIVE -> security.isEmpty() ? main : security;
        };
    }

    /** An archive has all releases; one whose very suite is named comes first. */
    private static List<String> addresses(List<Apt.Source> sources, Pattern suites, String preferred) {
        return sources.stream()
                .filter(source -> suites.matcher(source.suite()).matches())
                .sorted(Comparator.comparing(source -> !source.suite().equals(preferred)))
                .map(Apt.Source::uri)
                .distinct()
                .toList();
    }

    /**
     * The fault of sources that name no security updates. Where these usually are is told, but never taken unasked: it is
     * for the machine's owner to say where packages come from.
     */
    private FaultException withoutSecurity(String release, Places places) throws IOException, InterruptedException {
        String suite = distribution.security(release);
        String usual = places.main().getFirst().replaceFirst("/+$", "") + "-security";
        boolean there;
        try {
            suite(usual, suite);
            there = true;
        } catch (FaultException absent) {
            there = false;
        }
        String message = places.named() + " does not name an archive with the suite " + suite
                + ", so the image would lack " + distribution.title() + "'s security updates.";
        String without = ", or pass --without-security if you mean to do without.";
        return places.named().equals(distribution.archiveVariable())
                ? FaultException.wrongInput(
                        message, "Add its URI after a space" + (there ? ": it is at " + usual : "") + without)
                : FaultException.missing(
                        message.replaceFirst("does", "do"),
                        (there
                                        ? "It is beside the main archive. Add to apt's sources: deb " + usual + " "
                                                + suite + " main"
                                        : "Add a source for " + suite + " to apt's sources, or name both archives in "
                                                + distribution.archiveVariable())
                                + without);
    }

    /** The suite from the first archive that has it. */
    private Suite first(List<String> uris, String suite) throws IOException, InterruptedException {
        List<FaultException> faults = new ArrayList<>();
        for (String uri : uris) {
            try {
                return suite(uri, suite);
            } catch (FaultException fault) {
                faults.add(fault);
            }
        }
        if (faults.size() == 1) {
            throw faults.getFirst();
        }
        throw FaultException.remote(
                "No archive in apt's sources has " + distribution.title() + "'s suite " + suite + ":\n"
                        + faults.stream().map(FaultException::getMessage).collect(Collectors.joining("\n")),
                faults.getFirst().remedy().orElse(null));
    }

    private Suite suite(String uri, String suite) throws IOException, InterruptedException {
        String address = uri.replaceFirst("/*$", "/") + "dists/" + suite + "/InRelease";
        Path fetched = apt.fetch(address);
        String shown = ArchiveAddress.withoutUser(address);
        SignedRelease release =
                SignedRelease.verified(fetched, shown, distribution, distribution.keys(options), launcher);
        String name = switch (distribution.layout().name()) {
            case CODENAME -> release.codename();
            case SUITE -> release.suite();
        };
        if (!release.origin().equals(distribution.title()) || !name.equals(suite)) {
            throw FaultException.remote(
                    shown + " is not " + distribution.title() + "'s suite " + suite + ", but " + name + " of "
                            + release.origin() + ".",
                    "Correct the address in apt's sources or " + distribution.archiveVariable() + ".");
        }
        Optional<Instant> expired = release.validUntil().filter(Instant.now()::isAfter);
        if (expired.isPresent()) {
            throw FaultException.remote(
                    distribution.title() + "'s archive is out of date: " + shown + " was valid until " + expired.get()
                            + ", so newer security updates may be missing from it.",
                    "Check this machine's clock and the mirror, or name another archive in "
                            + distribution.archiveVariable() + ".");
        }
        return new Suite(uri, suite, release);
    }
}
