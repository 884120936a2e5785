package io.metalimages.build.base;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.dockerfile.Suggestion;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.registry.ImageReference;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Finds what {@code FROM} names and no stage, context or definition is: the distributions, bootstrapped from their
 * archives.
 *
 * <p>A base is looked up in the archive once and then stays as it is, as with a container registry, until it is to be
 * refreshed.
 */
public final class Bases {

    private final StateDirectory state;
    private final WorkDirectory work;
    private final BaseOptions options;
    private final boolean refresh;
    private final List<Distribution> distributions;

    /** The bases that were looked up since this program started, by the names of their files. */
    private final Map<String, DistributionBase> known = new HashMap<>();

    /** Definitions of bases that can't be made any more. */
    private final Set<String> outdated = new HashSet<>();

    /** @param refresh whether to look if the archives have changed since bases were pinned */
    public Bases(
            StateDirectory state,
            WorkDirectory work,
            BaseOptions options,
            boolean refresh,
            List<Distribution> distributions) {
        this.state = state;
        this.work = work;
        this.options = options;
        this.refresh = refresh;
        this.distributions = List.copyOf(distributions);
    }

    /**
     * The base that {@code name} is, if it is a distribution that can be bootstrapped here. A name that says its registry or its
     * digest means an image that others have built.
     */
    public Optional<DistributionBase> find(String name) throws IOException, InterruptedException {
        Optional<ImageReference> image = name.contains("/") || name.contains("@") ? Optional.empty() : reference(name);
        if (image.isEmpty() || image.get().tag().isEmpty()) {
            return Optional.empty();
        }
        for (Distribution distribution : distributions) {
            String release = distribution.releases().get(image.get().tag().get());
            if (image.get().isFamiliar(distribution.image()) && release != null) {
                return Optional.of(base(distribution, release));
            }
        }
        return Optional.empty();
    }

    private static Optional<ImageReference> reference(String name) {
        try {
            return Optional.of(ImageReference.parseFamiliar(name));
        } catch (FaultException noName) {
            return Optional.empty();
        }
    }

    /** Looks the base up anew when it is next asked for: what it was pinned to can't be had any more. */
    public void renew(DistributionBase base) {
        outdated.add(base.definition());
        known.values().remove(base);
    }

    private DistributionBase base(Distribution distribution, String release) throws IOException, InterruptedException {
        String name = fileName(distribution, release);
        DistributionBase base = known.get(name);
        if (base == null) {
            Path file = state.bases().resolve(name);
            Optional<DistributionBase> pinned = refresh ? Optional.empty() : pinned(distribution, release, file);
            base = pinned.isPresent() ? pinned.get() : pin(distribution, release, file);
            known.put(name, base);
        }
        return base;
    }

    private String fileName(Distribution distribution, String release) {
        String named = options.variable(distribution.archiveVariable());
        return distribution.image() + "-" + release + "-"
                + Digest.of(distribution.heading(release, options) + named)
                        .hex()
                        .substring(0, 16);
    }

    /** A file that is damaged counts as none. */
    private Optional<DistributionBase> pinned(Distribution distribution, String release, Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        String definition = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        return distribution.parse(release, options, definition).filter(base -> !outdated.contains(base.definition()));
    }

    private DistributionBase pin(Distribution distribution, String release, Path file)
            throws IOException, InterruptedException {
        Path directory = work.newDirectory("release");
        DistributionBase base = distribution.pin(release, options, directory, work.launcher());
        Path written = Files.createFile(directory.resolve("definition"), StateDirectory.PRIVATE_FILE);
        Files.writeString(written, base.definition());
        Files.move(written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return base;
    }

    /** The fault's remedy for a name that is no base: what it may have been meant to be. */
    public String suggestion(String reference) {
        Optional<ImageReference> image = reference(reference);
        for (Distribution distribution : distributions) {
            boolean withoutTag = image.filter(name -> name.isFamiliar(distribution.image()))
                    .filter(name -> name.tag().orElse("latest").equals("latest"))
                    .isPresent();
            if (withoutTag) {
                return "Add the release: one of " + String.join(", ", names(distribution)) + ".";
            }
        }
        return Suggestion.hint(
                reference,
                distributions.stream()
                        .flatMap(distribution -> names(distribution).stream())
                        .toList());
    }

    private static List<String> names(Distribution distribution) {
        return distribution.releases().keySet().stream()
                .sorted()
                .map(tag -> distribution.image() + ":" + tag)
                .toList();
    }
}
