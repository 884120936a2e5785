package io.metalimages.cli.command.push;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.artifact.check.ArtifactContent;
import io.metalimages.cli.command.ImageArgument;
import io.metalimages.cli.command.ImagePlace;
import io.metalimages.cli.command.Privilege;
import io.metalimages.cli.display.Display;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.display.Quantity;
import io.metalimages.cli.display.Surroundings;
import io.metalimages.cli.display.Ticker;
import io.metalimages.cli.output.Report;
import io.metalimages.common.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.engine.Step;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.registry.Attachment;
import io.metalimages.registry.CredentialFiles;
import io.metalimages.registry.ImageReference;
import io.metalimages.registry.Registry;
import io.metalimages.registry.RegistryOptions;
import io.metalimages.registry.Repository;
import io.metalimages.registry.image.ImageDescription;
import io.metalimages.registry.image.ImagePush;
import io.metalimages.registry.image.Layer;
import io.metalimages.registry.image.LayerWriter;
import io.metalimages.registry.image.PushedImage;
import io.metalimages.store.channel.ImageName;
import io.metalimages.supplychain.Provenance;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;

/** What {@code metal-images push} does: from an artifact to an image in a registry. */
final class PushWork {

    private static final Duration BETWEEN_DRAWINGS = Duration.ofMillis(100);
    private static final long BETWEEN_REPORTS = Duration.ofMillis(500).toNanos();

    /** What images are for whose programs say nothing: all that metal-stack's machines are. */
    private static final String USUAL_ARCHITECTURE = "amd64";

    private static final String ANNOTATIONS = "org.opencontainers.image.";

    /** The SHA-256 of the tarball that an image was made of, in hexadecimal digits: {@code release} goes by it. */
    static final String TARBALL = "io.metal-stack.tarball.sha256";

    /** See the OCI image specification's annotations.md. */
    private static final Set<String> KNOWN_ANNOTATIONS = Set.of(
            "created",
            "authors",
            "url",
            "documentation",
            "source",
            "version",
            "revision",
            "vendor",
            "licenses",
            "ref.name",
            "title",
            "description",
            "base.digest",
            "base.name");

    /** The files of an artifact that are to refer to the image, and what they are. */
    private static final SequencedMap<String, String> BROUGHT_ALONG = new LinkedHashMap<>();

    static {
        BROUGHT_ALONG.put(ArtifactLocation.CYCLONEDX, "application/vnd.cyclonedx+json");
        BROUGHT_ALONG.put(ArtifactLocation.SPDX, "application/spdx+json");
        BROUGHT_ALONG.put(ArtifactLocation.PROVENANCE, Provenance.TYPE);
        BROUGHT_ALONG.put(ArtifactLocation.SIGNATURE, Provenance.SIGNED_TYPE);
        BROUGHT_ALONG.put(ArtifactLocation.TEST_RESULT, Provenance.TYPE);
        BROUGHT_ALONG.put(ArtifactLocation.TEST_RESULT_SIGNATURE, Provenance.SIGNED_TYPE);
    }

    private final Wishes wishes;
    private final OutputOptions options;
    private final Surroundings surroundings;

    /**
     * What the user gave.
     *
     * @param to registry and namespace
     * @param name what the image is called
     * @param attachments {@code FILE:TYPE} each
     * @param annotations {@code NAME=VALUE} each
     */
    record Wishes(
            String to,
            Optional<String> name,
            List<String> tags,
            List<String> attachments,
            List<String> annotations,
            boolean plainHttp) {}

    PushWork(Wishes wishes, OutputOptions options, Surroundings surroundings) {
        this.wishes = wishes;
        this.options = options;
        this.surroundings = surroundings;
    }

    void push(String image, Report report) throws IOException, InterruptedException {
        ImagePlace place = wishes.name().map(ImagePlace::named).orElseGet(() -> ImagePlace.of(image));
        ImageName name = place.name();
        ImageReference target = ImageReference.parse(wishes.to().replaceFirst("/+$", "") + "/" + name.os());
        if (target.tag().isPresent() || target.digest().isPresent()) {
            throw FaultException.wrongInput("--to takes neither a tag nor a digest.", "Give tags by: --tag TAG");
        }
        List<String> tags = wishes.tags().isEmpty() ? List.of(place.tag()) : wishes.tags();
        tags.forEach(target::withTag);
        Map<String, String> annotations = annotations(name);
        attachments(Map.of());

        try (Display display = Display.of(options, surroundings);
                Ticker ticker = new Ticker(BETWEEN_DRAWINGS, display::tick);
                ImageArgument argument = new ImageArgument(surroundings, display)) {
            ticker.start();
            surroundings.interruption().watch(display::interrupted);
            ArtifactLocation location = argument.find(image);
            display.begin(name.toString(), "pushing");
            try (Registry registry = new Registry(
                            target.registry(),
                            RegistryOptions.usual(
                                    wishes.plainHttp(), note -> display.report(new Progress.Event.Note(note))),
                            new CredentialFiles(surroundings.environment()));
                    WorkDirectory work = WorkDirectory.open(
                            StateDirectory.fromEnvironment(surroundings.environment(), Privilege.isRoot()),
                            note -> display.report(new Progress.Event.Note(note)))) {
                Repository repository = registry.repository(target.repository());
                repository.requireAccess();
                origin(location).forEach(annotations::putIfAbsent);
                report.add(push(name, location, repository, tags, annotations, work, display));
            }
        }
    }

    private PushResult push(
            ImageName name,
            ArtifactLocation location,
            Repository repository,
            List<String> tags,
            Map<String, String> annotations,
            WorkDirectory work,
            Display display)
            throws IOException, InterruptedException {
        Step compressing = new Step(1, "make a layer of " + location.tarball(), "");
        Step sending = new Step(2, "send it to " + repository.name(), "");
        display.report(new Progress.Event.Planned(List.of(compressing, sending)));

        long begun = System.nanoTime();
        display.report(new Progress.Event.Started(compressing, "its digest is needed first"));
        ArtifactContent.Summary content;
        Layer layer;
        try (LayerWriter writer = new LayerWriter(work.newDirectory("layer").resolve("layer.tar.gz"))) {
            content = new ArtifactContent().writeTar(location, writer, meter(compressing, display)::report);
            layer = writer.finish();
        }
        long made = System.nanoTime();
        display.report(new Progress.Event.Finished(compressing, Duration.ofNanos(made - begun)));

        display.report(new Progress.Event.Started(sending, "to be found there"));
        ImageDescription description = describe(content, annotations);
        List<Attachment> attachments = attachments(
                location, Map.of(ANNOTATIONS + "created", description.created().toString()));
        PushedImage pushed =
                new ImagePush(repository).push(layer, description, tags, attachments, meter(sending, display)::report);
        Duration sent = Duration.ofNanos(System.nanoTime() - made);
        display.report(new Progress.Event.Finished(sending, sent));
        return new PushResult(name.toString(), pushed, attachments, Duration.ofNanos(made - begun), sent);
    }

    private static ImageDescription describe(ArtifactContent.Summary content, Map<String, String> annotations) {
        Instant created = content.newest();
        Map<String, String> all = new TreeMap<>(annotations);
        all.putIfAbsent(ANNOTATIONS + "created", created.toString());
        all.put(TARBALL, content.sha256().hex());
        return new ImageDescription(content.architecture().orElse(USUAL_ARCHITECTURE), created, all);
    }

    private Map<String, String> annotations(ImageName name) {
        Map<String, String> annotations = new TreeMap<>();
        annotations.put(ANNOTATIONS + "title", name.toString());
        annotations.put(ANNOTATIONS + "version", name.version());
        for (String annotation : wishes.annotations()) {
            int equals = annotation.indexOf('=');
            if (equals <= 0) {
                throw FaultException.wrongInput(
                        "\"" + annotation + "\" is no annotation.", "Give one such as --annotation revision=COMMIT");
            }
            String key = annotation.substring(0, equals);
            annotations.put(
                    KNOWN_ANNOTATIONS.contains(key) ? ANNOTATIONS + key : key, annotation.substring(equals + 1));
        }
        return annotations;
    }

    /** What the image's provenance says of where it comes from. */
    private static Map<String, String> origin(ArtifactLocation location) throws IOException {
        Map<String, String> origin = new TreeMap<>();
        Path file = location.companion(ArtifactLocation.PROVENANCE);
        if (Files.isRegularFile(file)) {
            Provenance provenance = Provenance.parse(Files.readAllBytes(file), file.toString());
            provenance.revision().ifPresent(revision -> origin.put(ANNOTATIONS + "revision", revision));
            provenance.source().ifPresent(source -> origin.put(ANNOTATIONS + "source", source));
            provenance.base().ifPresent(base -> origin.put(ANNOTATIONS + "base.name", base));
        }
        return origin;
    }

    /** What the user names, and what the image brings along. */
    private List<Attachment> attachments(ArtifactLocation location, Map<String, String> annotations)
            throws IOException {
        List<Attachment> attachments = attachments(annotations);
        for (Map.Entry<String, String> brought : BROUGHT_ALONG.entrySet()) {
            Path file = location.companion(brought.getKey());
            boolean named = false;
            for (Attachment attachment : attachments) {
                named |= Files.exists(file) && Files.isSameFile(attachment.file(), file);
            }
            if (Files.isRegularFile(file) && !named) {
                attachments.add(new Attachment(file, brought.getValue(), annotations));
            }
        }
        return attachments;
    }

    private List<Attachment> attachments(Map<String, String> annotations) {
        List<Attachment> attachments = new ArrayList<>();
        for (String text : wishes.attachments()) {
            int colon = text.lastIndexOf(':');
            if (colon <= 0) {
                throw FaultException.wrongInput(
                        "\"" + text + "\" does not say what the file is.",
                        "Give --attach FILE:TYPE, such as sbom.json:application/vnd.cyclonedx+json");
            }
            attachments.add(new Attachment(file(text.substring(0, colon)), text.substring(colon + 1), annotations));
        }
        return attachments;
    }

    private static Path file(String text) {
        try {
            Path file = Path.of(text);
            if (Files.isRegularFile(file)) {
                return file;
            }
        } catch (InvalidPathException e) {
            throw FaultException.wrongInput("\"" + text + "\" is no name of a file: " + e.getReason() + ".", null);
        }
        throw FaultException.wrongInput("There is no file " + text + " to attach.", "Look at --attach FILE:TYPE.");
    }

    /** Is told how many bytes of how many are done. */
    @FunctionalInterface
    private interface Meter {
        void report(long done, long all);
    }

    /** Shows how far a step is, not more often than somebody could read it. */
    private static Meter meter(Step step, Display display) {
        long[] last = {System.nanoTime() - BETWEEN_REPORTS};
        return (done, all) -> {
            long now = System.nanoTime();
            synchronized (last) {
                if (now - last[0] < BETWEEN_REPORTS) {
                    return;
                }
                last[0] = now;
            }
            display.report(new Progress.Event.Output(
                    step,
                    Quantity.megabytes(done) + " of " + Quantity.megabytes(all) + " MB (" + Quantity.share(done, all)
                            + ")"));
        };
    }
}
