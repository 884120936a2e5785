package io.metalimages.build;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.dockerfile.Suggestion;
import io.metalimages.engine.Operation;
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
final class Bases {

    private static final Map<String, String> RELEASES = Map.of(
            "bullseye", "bullseye",
            "11", "bullseye",
            "bookworm", "bookworm",
            "12", "bookworm",
            "trixie", "trixie",
            "13", "trixie",
            "forky", "forky",
            "sid", "sid");

    private final StateDirectory state;
    private final WorkDirectory work;
    private final Map<String, String> environment;
    private final BuildOptions options;
    private final DebianArchive.Keyring keys;

    /** The bases that were looked up since this program started. */
    private final Map<String, DebianBase> known = new HashMap<>();

    /** Definitions of bases that can't be made any more. */
    private final Set<String> outdated = new HashSet<>();

    Bases(
            StateDirectory state,
            WorkDirectory work,
            Map<String, String> environment,
            BuildOptions options,
            DebianArchive.Keyring keys) {
        this.state = state;
        this.work = work;
        this.environment = environment;
        this.options = options;
        this.keys = keys;
    }

    /** The base that {@code name} is, if it is a distribution that can be bootstrapped here. */
    Optional<Operation.BaseSource> find(String name) throws IOException, InterruptedException {
        Optional<String> release =
                debianImage(name).flatMap(ImageReference::tag).flatMap(tag -> Optional.ofNullable(RELEASES.get(tag)));
        return release.isPresent() ? Optional.of(debian(release.get())) : Optional.empty();
    }

    /** Debian's image that {@code name} is; empty if it is another one, or no name. */
    private static Optional<ImageReference> debianImage(String name) {
        try {
            return Optional.of(ImageReference.parseFamiliar(name)).filter(image -> image.isFamiliar("debian"));
        } catch (FaultException noName) {
            return Optional.empty();
        }
    }

    /** Looks the base up anew when it is next asked for: what it was pinned to can't be had any more. */
    void renew(DebianBase base) {
        outdated.add(base.definition());
        known.remove(base.release());
    }

    private DebianBase debian(String release) throws IOException, InterruptedException {
        DebianBase base = known.get(release);
        if (base == null) {
            Path file = state.bases().resolve(fileName(release));
            Optional<DebianBase> pinned = options.refreshBases() ? Optional.empty() : pinned(release, file);
            base = pinned.isPresent() ? pinned.get() : pin(release, file);
            known.put(release, base);
        }
        return base;
    }

    private String fileName(String release) {
        String named = environment.getOrDefault(DebianArchive.VARIABLE, "");
        return "debian-" + release + "-"
                + Digest.of(DebianBase.heading(release, options.withoutSecurity()) + named)
                        .hex()
                        .substring(0, 16);
    }

    /** A file that is damaged counts as none. */
    private Optional<DebianBase> pinned(String release, Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        String definition = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        return DebianBase.parse(release, options.withoutSecurity(), definition, keys, AptConfiguration.of(environment))
                .filter(base -> !outdated.contains(base.definition()));
    }

    private DebianBase pin(String release, Path file) throws IOException, InterruptedException {
        Path directory = work.newDirectory("release");
        DebianArchive archive = new DebianArchive(environment, keys, directory, work.launcher());
        DebianBase base = DebianBase.of(
                release,
                options.withoutSecurity(),
                archive.find(release, options.withoutSecurity()),
                keys,
                AptConfiguration.of(environment));
        Path written = Files.createFile(directory.resolve("definition"), StateDirectory.PRIVATE_FILE);
        Files.writeString(written, base.definition());
        Files.move(written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return base;
    }

    /**
     * The fault of a base that is nowhere to be had.
     *
     * @param place where it is named
     */
    static FaultException unknown(String place, String reference, Definitions definitions) {
        StringBuilder message = new StringBuilder(place + ": there is no base " + reference
                + ": it is no stage before this one, no named context, no image defined here ("
                + String.join(", ", definitions.names()) + ") and no distribution that can be bootstrapped.");
        for (FaultException fault : definitions.faults()) {
            message.append("\nThis definition could not be read: ").append(fault.getMessage());
        }
        List<String> bases =
                RELEASES.keySet().stream().sorted().map(tag -> "debian:" + tag).toList();
        boolean withoutTag = debianImage(reference)
                .filter(image -> image.tag().orElse("latest").equals("latest"))
                .isPresent();
        return FaultException.wrongInput(
                message.toString(),
                withoutTag
                        ? "Add the release: one of " + String.join(", ", bases) + "."
                        : Suggestion.hint(reference, bases));
    }
}
