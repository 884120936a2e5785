package io.metalimages.store.push;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.artifact.check.ArtifactContent;
import io.metalimages.engine.Progress;
import io.metalimages.engine.Step;
import io.metalimages.registry.Attachment;
import io.metalimages.registry.Repository;
import io.metalimages.registry.image.ImageDescription;
import io.metalimages.registry.image.ImagePush;
import io.metalimages.registry.image.Layer;
import io.metalimages.registry.image.LayerWriter;
import io.metalimages.registry.image.PushedImage;
import io.metalimages.store.channel.ImageName;
import io.metalimages.supplychain.statement.Provenance;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;

/**
 * Makes an image in a registry of an artifact: one layer with its root file system, and what its supply chain says of it as
 * referrers. The annotation {@link #TARBALL} says which artifact it was.
 */
public final class ImagePusher {

    /** The SHA-256 of the tarball that an image was made of, in hexadecimal digits: {@link ReleaseTags} go by it. */
    public static final String TARBALL = "io.metal-stack.tarball.sha256";

    /** What the OCI image specification's annotations.md begins its names with. */
    public static final String ANNOTATIONS = "org.opencontainers.image.";

    /** What images are for whose programs say nothing: all that metal-stack's machines are. */
    private static final String USUAL_ARCHITECTURE = "amd64";

    /** The files of an artifact that are to refer to the image, and what they are. */
    private static final SequencedMap<String, String> SIDECARS = new LinkedHashMap<>();

    static {
        SIDECARS.put(ArtifactLocation.CYCLONEDX, "application/vnd.cyclonedx+json");
        SIDECARS.put(ArtifactLocation.SPDX, "application/spdx+json");
        SIDECARS.put(ArtifactLocation.PROVENANCE, Provenance.TYPE);
        SIDECARS.put(ArtifactLocation.SIGNATURE, Provenance.SIGNED_TYPE);
        SIDECARS.put(ArtifactLocation.TEST_RESULT, Provenance.TYPE);
        SIDECARS.put(ArtifactLocation.TEST_RESULT_SIGNATURE, Provenance.SIGNED_TYPE);
    }

    private final Repository repository;
    private final Path workDirectory;
    private final Progress progress;
    private final StepMeter meter;

    /**
     * Prepares a push.
     *
     * @param workDirectory an empty directory with room for the compressed layer
     */
    public ImagePusher(Repository repository, Path workDirectory, Progress progress, StepMeter meter) {
        this.repository = repository;
        this.workDirectory = workDirectory;
        this.progress = progress;
        this.meter = meter;
    }

    /** Is told how many bytes of how many a step has done; from any thread, and often. */
    @FunctionalInterface
    public interface StepMeter {
        void report(Step step, long done, long all);
    }

    /**
     * An image that was pushed.
     *
     * @param attachments in the order of the image's referrers
     * @param making how long it took to make the layer
     * @param sending how long all the rest took
     */
    public record Pushed(PushedImage image, List<Attachment> attachments, Duration making, Duration sending) {}

    /**
     * Makes the image, and gives it its tags last.
     *
     * @param annotations by their whole names; what they don't say of the image's origin its provenance does
     * @param further what is to refer to the image besides the files of the artifact
     * @throws io.metalimages.common.FaultException if the artifact is damaged, or the registry refuses it
     */
    public Pushed push(
            ImageName name,
            ArtifactLocation location,
            List<String> tags,
            Map<String, String> annotations,
            List<Attachment> further)
            throws IOException, InterruptedException {
        Map<String, String> said = new TreeMap<>(annotations);
        said.putIfAbsent(ANNOTATIONS + "title", name.toString());
        said.putIfAbsent(ANNOTATIONS + "version", name.version());
        origin(location).forEach(said::putIfAbsent);
        Step compressing = new Step(1, "make a layer of " + location.tarball(), "");
        Step sending = new Step(2, "send it to " + repository.name(), "");
        progress.report(new Progress.Event.Planned(List.of(compressing, sending)));

        long begun = System.nanoTime();
        progress.report(new Progress.Event.Started(compressing, "its digest is needed first"));
        ArtifactContent.Summary content;
        Layer layer;
        try (LayerWriter writer = new LayerWriter(workDirectory.resolve("layer.tar.gz"))) {
            content = new ArtifactContent()
                    .writeTar(location, writer, (done, all) -> meter.report(compressing, done, all));
            layer = writer.finish();
        }
        long made = System.nanoTime();
        progress.report(new Progress.Event.Finished(compressing, Duration.ofNanos(made - begun)));

        progress.report(new Progress.Event.Started(sending, "to be found there"));
        ImageDescription description = describe(content, said);
        List<Attachment> attachments = attachments(location, further, description.created());
        PushedImage pushed = new ImagePush(repository)
                .push(layer, description, tags, attachments, (done, all) -> meter.report(sending, done, all));
        Duration sent = Duration.ofNanos(System.nanoTime() - made);
        progress.report(new Progress.Event.Finished(sending, sent));
        return new Pushed(pushed, attachments, Duration.ofNanos(made - begun), sent);
    }

    private static ImageDescription describe(ArtifactContent.Summary content, Map<String, String> annotations) {
        Instant created = content.newest();
        Map<String, String> all = new TreeMap<>(annotations);
        all.putIfAbsent(ANNOTATIONS + "created", created.toString());
        all.put(TARBALL, content.sha256().hex());
        return new ImageDescription(content.architecture().orElse(USUAL_ARCHITECTURE), created, all);
    }

    /** What the image's provenance says of where it comes from. */
    private static Map<String, String> origin(ArtifactLocation location) throws IOException {
        Map<String, String> origin = new TreeMap<>();
        Path file = location.sidecar(ArtifactLocation.PROVENANCE);
        if (Files.isRegularFile(file)) {
            Provenance provenance = Provenance.parse(Files.readAllBytes(file), file.toString());
            provenance.revision().ifPresent(revision -> origin.put(ANNOTATIONS + "revision", revision));
            provenance.source().ifPresent(source -> origin.put(ANNOTATIONS + "source", source));
            provenance.base().ifPresent(base -> origin.put(ANNOTATIONS + "base.name", base));
        }
        return origin;
    }

    /** Those that are given, and those of the artifact that are not given. */
    private static List<Attachment> attachments(ArtifactLocation location, List<Attachment> given, Instant created)
            throws IOException {
        Map<String, String> annotations = Map.of(ANNOTATIONS + "created", created.toString());
        List<Attachment> attachments = new ArrayList<>();
        for (Attachment attachment : given) {
            attachments.add(new Attachment(attachment.file(), attachment.type(), annotations));
        }
        for (Map.Entry<String, String> sidecar : SIDECARS.entrySet()) {
            Path file = location.sidecar(sidecar.getKey());
            boolean isGiven = false;
            for (Attachment attachment : attachments) {
                isGiven |= Files.exists(file) && Files.isSameFile(attachment.file(), file);
            }
            if (Files.isRegularFile(file) && !isGiven) {
                attachments.add(new Attachment(file, sidecar.getValue(), annotations));
            }
        }
        return attachments;
    }
}
