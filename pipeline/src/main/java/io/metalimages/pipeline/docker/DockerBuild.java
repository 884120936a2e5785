package io.metalimages.pipeline.docker;

import io.metalimages.artifact.tar.LayerTar;
import io.metalimages.artifact.tar.ModificationTimes;
import io.metalimages.build.BuiltImage;
import io.metalimages.build.CheckedDockerfile;
import io.metalimages.build.Definition;
import io.metalimages.build.Definitions;
import io.metalimages.build.ImageBuilder;
import io.metalimages.build.LocalImages;
import io.metalimages.common.FaultException;
import io.metalimages.engine.FileSystemListener;
import io.metalimages.engine.Progress;
import io.metalimages.engine.snapshot.Snapshot;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.pipeline.PipelineOptions;
import io.metalimages.pipeline.SourceDate;
import io.metalimages.pipeline.StepLedger;
import io.metalimages.registry.ImageReference;
import io.metalimages.registry.image.ImageConfiguration;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Builds images from any Dockerfile, and brings them where they are to go. */
public final class DockerBuild {

    private final ImageBuilder builder;
    private final LocalImages images;
    private final SnapshotStore snapshots;
    private final WorkDirectory work;
    private final PipelineOptions options;
    private final RegistryPush push;
    private final OutputStream standardOutput;

    /**
     * A pipeline for images that may start from each other.
     *
     * @param definitions images that others may start from, too
     * @param environment of the process, which may name another archive and where credentials are
     * @param standardOutput takes what is to go there; is left open
     */
    public DockerBuild(
            Definitions definitions,
            StateDirectory state,
            WorkDirectory work,
            SnapshotStore snapshots,
            PipelineOptions options,
            Map<String, String> environment,
            OutputStream standardOutput) {
        this.images = new LocalImages(state, snapshots, work);
        this.builder = new ImageBuilder(
                definitions, Optional.of(images), state, work, snapshots, options.build(), environment);
        this.snapshots = snapshots;
        this.work = work;
        this.options = options;
        this.push = new RegistryPush(environment);
        this.standardOutput = standardOutput;
    }

    /** Looks for mistakes in a Dockerfile, without running a step. */
    public CheckedDockerfile check(Definition definition, Progress progress) throws IOException, InterruptedException {
        return builder.check(definition, progress);
    }

    /**
     * Builds an image and brings it where it is to go.
     *
     * @throws io.metalimages.dockerfile.DockerfileException if the Dockerfile is wrong
     * @throws FaultException if it can't be made for another reason
     * @throws InterruptedException if the thread was interrupted; nothing is left running
     */
    public DockerResult build(DockerRequest request, Progress listener) throws IOException, InterruptedException {
        StepLedger ledger = new StepLedger();
        Progress progress = event -> {
            ledger.report(event);
            listener.report(event);
        };
        Definition definition = request.definition();
        BuiltImage built = builder.build(builder.plan(definition, progress), progress, FileSystemListener.NONE);
        ImageConfiguration configuration = labelled(built.plan().configuration(), request.labels());
        Made made = new Made(request, built.root(), configuration, listener);
        for (Output output : request.outputs()) {
            made.bring(output);
        }
        if (request.identified()) {
            made.image();
        }
        return new DockerResult(made.identity(), made.named, ledger.entries());
    }

    private static ImageConfiguration labelled(ImageConfiguration configuration, Map<String, String> labels) {
        return labels.isEmpty()
                ? configuration
                : configuration.withContainer(
                        configuration.container().edit().setLabels(labels).build());
    }

    /** An image whose steps are done. */
    private final class Made {

        private final DockerRequest request;
        private final Snapshot root;
        private final ImageConfiguration configuration;
        private final Progress listener;
        private final List<ImageReference> named = new ArrayList<>();
        private Optional<LayeredImage> layered = Optional.empty();
        private Optional<Instant> date = Optional.empty();

        Made(DockerRequest request, Snapshot root, ImageConfiguration configuration, Progress listener) {
            this.request = request;
            this.root = root;
            this.configuration = configuration;
            this.listener = listener;
        }

        Optional<DockerResult.Identity> identity() {
            return layered.map(
                    image -> new DockerResult.Identity(image.manifest().descriptor(), image.configurationDescriptor()));
        }

        private Instant date() throws IOException, InterruptedException {
            if (date.isEmpty()) {
                date = Optional.of(
                        options.date().isPresent()
                                ? options.date().get()
                                : SourceDate.of(
                                        request.definition(), note -> listener.report(new Progress.Event.Note(note))));
            }
            return date.get();
        }

        private LayeredImage image() throws IOException, InterruptedException {
            if (layered.isEmpty()) {
                layered = Optional.of(LayeredImage.of(root, configuration, date(), work.newDirectory("layers")));
            }
            return layered.get();
        }

        void bring(Output output) throws IOException, InterruptedException {
            switch (output) {
                case Output.Tar tar ->
                    write(tar.destination(), stream -> {
                        try (SnapshotStore.View view = snapshots.view(root, work)) {
                            LayerTar.write(view.root(), new ModificationTimes(date(), root.begun()), stream);
                        }
                    });
                case Output.Local local -> copy(Path.of(local.destination()));
                case Output.Archive archive -> {
                    ImageArchive files = new ImageArchive(image(), request.names(), archive.layout());
                    if (archive.directory()) {
                        files.writeDirectory(Path.of(archive.destination()));
                    } else {
                        write(archive.destination(), stream -> files.writeTar(stream, date()));
                    }
                }
                case Output.Named names -> name(names);
                case Output.CacheOnly _ -> {}
            }
        }

        private void name(Output.Named output) throws IOException, InterruptedException {
            List<ImageReference> names = output.names().isEmpty()
                    ? request.names()
                    : output.names().stream().map(LocalImages::name).toList();
            if (output.pushed() && names.isEmpty()) {
                throw FaultException.wrongInput("The image has no name to be pushed by.", "Give one: --tag NAME:TAG");
            }
            for (ImageReference name : names) {
                images.put(name, root, configuration);
                if (output.pushed()) {
                    push.push(image(), name, listener);
                }
                named.add(name);
            }
        }

        private void copy(Path destination) throws IOException, InterruptedException {
            Files.createDirectories(destination);
            List<String> said = new ArrayList<>();
            try (SnapshotStore.View view = snapshots.view(root, work)) {
                int status = work.launcher()
                        .run(
                                List.of(
                                        "cp",
                                        "--archive",
                                        "--no-target-directory",
                                        "--",
                                        view.root().toString(),
                                        destination.toString()),
                                Map.of("LC_ALL", "C.UTF-8"),
                                said::add);
                if (status != 0) {
                    throw FaultException.failed(
                            "The files could not be put into " + destination + ": " + String.join(" ", said) + ".",
                            null);
                }
            }
        }

        /** Something that writes. */
        private interface Writing {
            void to(OutputStream stream) throws IOException, InterruptedException;
        }

        /** A file appears whole or not at all. */
        private void write(String destination, Writing writing) throws IOException, InterruptedException {
            if (destination.equals(Output.STANDARD_OUTPUT)) {
                writing.to(standardOutput);
                standardOutput.flush();
                return;
            }
            Path file = Path.of(destination).toAbsolutePath();
            Path part = Files.createTempFile(file.resolveSibling(""), "." + file.getFileName(), ".part");
            try {
                try (OutputStream stream = new BufferedOutputStream(Files.newOutputStream(part), 1 << 20)) {
                    writing.to(stream);
                }
                Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("rw-r--r--"));
                Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(part);
            }
        }
    }
}
