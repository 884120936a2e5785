package io.metalimages.build;

import io.metalimages.build.base.ArchiveChangedException;
import io.metalimages.build.base.BaseOptions;
import io.metalimages.build.base.Bases;
import io.metalimages.build.base.Distributions;
import io.metalimages.build.definition.DefinitionText;
import io.metalimages.build.image.ImageBases;
import io.metalimages.build.remote.Remotes;
import io.metalimages.common.FaultException;
import io.metalimages.dockerfile.parse.DockerfileParser;
import io.metalimages.dockerfile.syntax.Dockerfile;
import io.metalimages.engine.FileSystemListener;
import io.metalimages.engine.Progress;
import io.metalimages.engine.Solver;
import io.metalimages.engine.exec.Network;
import io.metalimages.engine.snapshot.Snapshot;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Map;
import java.util.Optional;

/** Builds definitions: reads the Dockerfile, lowers it to operations, and has the engine's solver do them. */
public final class ImageBuilder {

    private static final int MOST_ATTEMPTS = 3;

    private final Definitions definitions;
    private final Optional<LocalImages> images;
    private final Bases bases;
    private final ImageBases registries;
    private final Remotes remotes;
    private final Solver solver;
    private final Network network;

    /**
     * A builder of definitions alone: what else was built here does not count.
     *
     * @param definitions the definitions that others may start from
     * @param environment may name another archive, see the manual, and leads to the configuration of registries
     */
    public ImageBuilder(
            Definitions definitions,
            StateDirectory state,
            WorkDirectory work,
            SnapshotStore snapshots,
            BuildOptions options,
            Map<String, String> environment) {
        this(definitions, Optional.empty(), state, work, snapshots, options, environment);
    }

    /**
     * A builder.
     *
     * @param definitions the definitions that others may start from
     * @param images that were built here before and that others may start from, too
     * @param environment may name another archive, see the manual
     */
    public ImageBuilder(
            Definitions definitions,
            Optional<LocalImages> images,
            StateDirectory state,
            WorkDirectory work,
            SnapshotStore snapshots,
            BuildOptions options,
            Map<String, String> environment) {
        this.definitions = definitions;
        this.images = images;
        this.bases = new Bases(
                state,
                work,
                new BaseOptions(options.withoutSecurity(), environment),
                options.refreshBases(),
                Distributions.ALL);
        this.registries = new ImageBases(state, work, environment);
        this.remotes = new Remotes(state, work);
        this.solver = new Solver(state, snapshots, work, options::ignores, options.limits(), options.credentials());
        this.network = options.network();
    }

    /**
     * Builds a definition.
     *
     * @param listener sees the image's file system while programs run on it
     * @return the root file system of its target stage
     * @throws io.metalimages.dockerfile.DockerfileException if the Dockerfile is wrong
     * @throws FaultException if it can't be built for another reason
     * @throws InterruptedException if the thread was interrupted; nothing is left running
     */
    public Snapshot build(Definition definition, Progress progress, FileSystemListener listener)
            throws IOException, InterruptedException {
        return build(plan(definition, progress), progress, listener).root();
    }

    /**
     * Builds what was planned. If an archive has changed since its base was pinned, so that this base can't be made any
     * more, the build is planned anew with what the archive holds now.
     *
     * @param listener sees the image's file system while programs run on it
     * @throws FaultException if it can't be built
     * @throws InterruptedException if the thread was interrupted; nothing is left running
     */
    public BuiltImage build(Plan plan, Progress progress, FileSystemListener listener)
            throws IOException, InterruptedException {
        Plan current = plan;
        for (int attempt = 1; ; attempt++) {
            try {
                return new BuiltImage(current, solver.solve(current.root(), progress, listener));
            } catch (ArchiveChangedException changed) {
                if (attempt == MOST_ATTEMPTS) {
                    throw new FaultException(
                            FaultException.Category.REMOTE_FAULT,
                            changed.getMessage() + ", and did so " + attempt + " times in this build.",
                            "Build again later: the mirror is being updated, or its servers differ.",
                            changed);
                }
                progress.report(new Progress.Event.Note(
                        changed.getMessage() + ". The build starts over from what it holds now."));
                bases.renew(changed.base());
                current = plan(plan.definition(), progress);
            }
        }
    }

    /**
     * Plans the build of a definition: finds every fault that shows without running a step, and what its bases are.
     *
     * @throws io.metalimages.dockerfile.DockerfileException if the Dockerfile is wrong
     * @throws FaultException if it can't be built for another reason
     */
    public Plan plan(Definition definition, Progress progress) throws IOException, InterruptedException {
        Lowering.Image image = lower(definition, progress);
        Plan plan = new Plan(definition, image.root(), image.configuration());
        plan.bases()
                .values()
                .forEach(base -> base.standIn()
                        .ifPresent(real -> progress.report(new Progress.Event.Note("The base " + base.name()
                                + " is a stand-in with packages of " + real + ": the image is for tests only."))));
        return plan;
    }

    /**
     * Looks for mistakes in a definition's Dockerfile, without running a step.
     *
     * @throws io.metalimages.dockerfile.DockerfileException if it can't be read
     */
    public CheckedDockerfile check(Definition definition, Progress progress) throws IOException, InterruptedException {
        return new Lowering(definitions, images, bases, registries, remotes, network, progress).check(definition);
    }

    private Lowering.Image lower(Definition definition, Progress progress) throws IOException, InterruptedException {
        return new Lowering(definitions, images, bases, registries, remotes, network, progress).lower(definition);
    }

    /** Reads a definition's Dockerfile. */
    static Dockerfile parse(Definition definition) throws IOException {
        String name = definition.displayedDockerfile();
        try {
            String text = DefinitionText.readNames(definition.dockerfile(), name, definition.context());
            Dockerfile dockerfile = DockerfileParser.parse(name, text);
            Utf8Check.requireUtf8(dockerfile, text);
            return dockerfile;
        } catch (NoSuchFileException e) {
            throw FaultException.wrongInput("There is no Dockerfile " + name + ".", "Write one, or check the path.");
        }
    }
}
