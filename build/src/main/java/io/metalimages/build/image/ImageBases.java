package io.metalimages.build.image;

import io.metalimages.build.base.Architecture;
import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.common.ForeignText;
import io.metalimages.engine.archive.InvalidArchiveException;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.registry.Descriptor;
import io.metalimages.registry.ImageReference;
import io.metalimages.registry.pull.ImagePlatform;
import io.metalimages.registry.pull.ImageReader;
import io.metalimages.registry.pull.ImageSource;
import io.metalimages.registry.pull.LayoutFiles;
import io.metalimages.registry.pull.LayoutSource;
import io.metalimages.registry.pull.Registries;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Finds images in registries and in OCI image layouts. What a name leads to is looked up once a build; connections and files
 * stay open until the working directory is closed.
 */
public final class ImageBases {

    private static final String LATEST = "latest";

    private final StateDirectory state;
    private final WorkDirectory work;
    private final Map<String, String> environment;
    private final ImageReader reader = new ImageReader(
            new ImagePlatform("linux", Architecture.ofThisMachine().debian(), ""));
    private final Map<String, ImageBase> known = new HashMap<>();

    /** @param environment leads to the configuration of registries, and to credentials for them */
    public ImageBases(StateDirectory state, WorkDirectory work, Map<String, String> environment) {
        this.state = state;
        this.work = work;
        this.environment = Map.copyOf(environment);
    }

    /**
     * An image of a registry.
     *
     * @param name as {@code FROM} has it
     * @param notes receives a sentence about each failure that is not the last; may be called by several threads
     * @throws FaultException if {@code name} can't be the name of an image, or the image can't be had
     */
    public ImageBase find(String name, Consumer<String> notes) throws IOException, InterruptedException {
        ImageReference image = ImageReference.parseFamiliar(name);
        if (image.tag().isEmpty() && image.digest().isEmpty()) {
            image = image.withTag(LATEST);
        }
        ImageBase base = known.get(image.toString());
        if (base == null) {
            ImageSource registry = new Registries(environment, notes).find(image);
            work.hold(registry::close);
            String repository = image.registry() + "/" + image.repository();
            KnownDocuments source = new KnownDocuments(registry, repository, state, work);
            base = new ImageBase(source, reader.read(source), image.toString());
            known.put(image.toString(), base);
        }
        return base;
    }

    /**
     * An image of an OCI image layout, which is a directory or a tar.
     *
     * @param place a path, and after it {@code :TAG}, {@code @sha256:DIGEST} or neither
     * @param context what the user calls it
     * @throws FaultException if there is no such image
     */
    public ImageBase layout(String place, String context) throws IOException, InterruptedException {
        ImageBase base = known.get("layout " + place);
        if (base == null) {
            int at = place.lastIndexOf('@');
            Optional<Digest> digest = at < 0 ? Optional.empty() : Descriptor.parse(place.substring(at + 1));
            String withTag = digest.isPresent() ? place.substring(0, at) : place;
            int colon = withTag.indexOf(':', withTag.lastIndexOf('/') + 1);
            Optional<String> tag = colon < 0 ? Optional.empty() : Optional.of(withTag.substring(colon + 1));
            String path = colon < 0 ? withTag : withTag.substring(0, colon);
            LayoutFiles files = files(Path.of(path));
            work.hold(files::close);
            LayoutSource source = new LayoutSource(files, path, tag, digest);
            base = new ImageBase(source, reader.read(source), context);
            known.put("layout " + place, base);
        }
        return base;
    }

    private static LayoutFiles files(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            return LayoutFiles.in(path);
        }
        if (!Files.isRegularFile(path)) {
            throw FaultException.wrongInput("There is no OCI image layout " + path + ".", "Check the path.");
        }
        try {
            return LayoutArchive.in(path);
        } catch (InvalidArchiveException e) {
            throw FaultException.wrongInput(
                    path + " is no tar of an OCI image layout: " + ForeignText.line(String.valueOf(e.getMessage()))
                            + ".",
                    "Name a directory, or a tar that is not compressed.");
        }
    }
}
