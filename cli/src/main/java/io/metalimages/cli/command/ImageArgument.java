package io.metalimages.cli.command;

import io.metalimages.artifact.ArtifactDownload;
import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.artifact.CheckProgress;
import io.metalimages.cli.display.CommandContext;
import io.metalimages.common.FaultException;
import io.metalimages.dockerfile.Suggestion;
import io.metalimages.engine.Progress;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a user may give for IMAGE: the name of an image below {@code images}, such as {@code debian/12}, a directory, a
 * tarball, or a URL. What was fetched goes away when this is closed.
 */
public final class ImageArgument implements AutoCloseable {

    private static final Path IMAGES = Path.of("images");

    private final CommandContext context;
    private final Progress progress;
    private Optional<WorkDirectory> work = Optional.empty();

    /** @param progress is told what is fetched */
    public ImageArgument(CommandContext context, Progress progress) {
        this.context = context;
        this.progress = progress;
    }

    /**
     * Finds an image, and fetches it if it is elsewhere.
     *
     * @throws FaultException if there is none
     */
    public ArtifactLocation find(String image) throws IOException, InterruptedException {
        String lower = image.toLowerCase(Locale.ROOT);
        if (lower.startsWith("http://") || lower.startsWith("https://")) {
            return fetch(image);
        }
        return local(image);
    }

    /**
     * Finds an image on this machine.
     *
     * @throws FaultException if there is none
     */
    public static ArtifactLocation local(String image) throws IOException {
        try {
            Optional<ArtifactLocation> found = ArtifactLocation.find(image, IMAGES);
            if (found.isPresent()) {
                return found.get();
            }
        } catch (InvalidPathException e) {
            throw FaultException.wrongInput(
                    "\"" + image + "\" is no name of an image: " + e.getReason() + ".", "See: ls " + IMAGES);
        }
        List<String> names = ArtifactLocation.names(IMAGES);
        throw FaultException.wrongInput(
                "There is no image " + image + ": neither a file, nor a directory with img.tar.lz4, nor one in "
                        + IMAGES + ".",
                names.isEmpty() ? "Build one: metal-images build debian/12" : Suggestion.hint(image, names));
    }

    /** What an image below {@code images} is called by its place. */
    public static Optional<String> nameOf(ArtifactLocation location) {
        Path directory = location.tarball().toAbsolutePath().normalize().resolveSibling("");
        Path images = IMAGES.toAbsolutePath().normalize();
        return directory.startsWith(images) && !directory.equals(images)
                ? Optional.of(images.relativize(directory).toString())
                : Optional.empty();
    }

    private ArtifactLocation fetch(String image) throws IOException, InterruptedException {
        URI address;
        try {
            address = URI.create(image);
        } catch (IllegalArgumentException e) {
            throw FaultException.wrongInput(
                    "\"" + image + "\" is no address: " + e.getMessage() + ".", "Give one such as https://HOST/PATH.");
        }
        if (address.getHost() == null) {
            throw FaultException.wrongInput(
                    "\"" + image + "\" names no server.", "Give an address such as https://HOST/PATH.");
        }
        if (work.isEmpty()) {
            work = Optional.of(WorkDirectory.open(
                    StateDirectory.fromEnvironment(context.environment(), Privilege.isRoot()), this::note));
        }
        note("Fetching " + image);
        try (ArtifactDownload download = new ArtifactDownload(this::note)) {
            return download.fetch(address, work.get().newDirectory("download"), CheckProgress.SILENT);
        }
    }

    private void note(String message) {
        progress.report(new Progress.Event.Note(message));
    }

    @Override
    public void close() throws IOException {
        if (work.isPresent()) {
            work.get().close();
        }
    }
}
