package io.metalimages.build;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.dockerfile.Nearest;
import io.metalimages.engine.Operation;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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
    private final boolean refresh;

    Bases(StateDirectory state, WorkDirectory work, Map<String, String> environment, boolean refresh) {
        this.state = state;
        this.work = work;
        this.environment = environment;
        this.refresh = refresh;
    }

    /** The base that {@code reference} names, if it is a distribution that can be bootstrapped here. */
    Optional<Operation.BaseSource> find(ImageReference reference) throws IOException, InterruptedException {
        String release = RELEASES.get(reference.tag());
        if (!reference.repository().equals("debian") || release == null) {
            return Optional.empty();
        }
        return Optional.of(debian(release));
    }

    private DebianBase debian(String release) throws IOException, InterruptedException {
        String named = environment.getOrDefault(DebianArchive.VARIABLE, "");
        Path pinned = state.bases()
                .resolve("debian-" + release + "-"
                        + Digest.of(DebianBase.heading(release) + named).hex().substring(0, 16));
        if (Files.exists(pinned) && !refresh) {
            return DebianBase.parse(release, Files.readString(pinned));
        }
        DebianArchive archive = DebianArchive.find(environment, work.launcher());
        Path directory = work.newDirectory("release");
        List<Digest> content = new ArrayList<>();
        for (String source : archive.sources(release)) {
            content.add(Digest.of(archive.signedRelease(source, directory, work.launcher())));
        }
        DebianBase base = new DebianBase(release, archive.sources(release), content);
        Path written = directory.resolve("definition");
        Files.writeString(written, base.definition());
        Files.move(written, pinned, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return base;
    }

    /** What to tell somebody whose base was not found. */
    static String hint(String reference) {
        return Nearest.hint(
                reference,
                RELEASES.keySet().stream().sorted().map(tag -> "debian:" + tag).toList());
    }

    /** The fault of a base that is nowhere to be had. */
    static FaultException unknown(String place, String reference, List<String> definitions) {
        return FaultException.wrongInput(
                place + ": there is no base " + reference
                        + ": it is no stage before this one, no named context, no image"
                        + " defined here (" + String.join(", ", definitions) + ") and no distribution that can be"
                        + " bootstrapped.",
                hint(reference));
    }
}
