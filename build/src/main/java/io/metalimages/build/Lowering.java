package io.metalimages.build;

import io.metalimages.build.base.Bases;
import io.metalimages.build.base.DistributionBase;
import io.metalimages.build.definition.DefinitionText;
import io.metalimages.build.image.ImageBase;
import io.metalimages.build.image.ImageBases;
import io.metalimages.build.lint.DockerfileLint;
import io.metalimages.build.lint.LintContext;
import io.metalimages.build.lint.LintResult;
import io.metalimages.build.remote.Remotes;
import io.metalimages.common.FaultException;
import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.dockerfile.SourceRange;
import io.metalimages.dockerfile.parse.DockerfileParser;
import io.metalimages.dockerfile.patterns.IgnoreFile;
import io.metalimages.dockerfile.syntax.Dockerfile;
import io.metalimages.dockerfile.syntax.Instruction;
import io.metalimages.dockerfile.syntax.Stage;
import io.metalimages.dockerfile.words.WordExpander;
import io.metalimages.engine.Operation;
import io.metalimages.engine.Progress;
import io.metalimages.engine.exec.Network;
import io.metalimages.engine.files.PathFilter;
import io.metalimages.registry.image.ContainerConfiguration;
import io.metalimages.registry.image.HistoryEntry;
import io.metalimages.registry.image.ImageConfiguration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Turns definitions into operations: decides what each {@code FROM} and {@code --from} means, and has
 * {@link StageLowering} do the instructions of a stage.
 *
 * <p>A name means, in this order: a stage above, a named context, an image that was built here under that name, one that a
 * definition here provides, a distribution that can be bootstrapped, an image of a registry. A named context also takes the place of the stage of its name, as in BuildKit.
 */
final class Lowering {

    /** What {@code TARGETSTAGE} says of a stage without a name. */
    private static final String UNNAMED_TARGET = "default";

    private static final String IGNORE_FILE = ".dockerignore";

    /** Where no stage is above. */
    private static final int NO_STAGE = 0;

    private final Definitions definitions;
    private final Optional<LocalImages> images;
    private final Bases bases;
    private final ImageBases registries;
    private final Remotes remotes;
    private final Network network;
    private final Progress progress;

    /** What is being resolved at the moment, to find circles. */
    private final Set<String> pending = new LinkedHashSet<>();

    /**
     * @param images that were built here before, if they count
     * @param network of a step that asks for none in particular
     */
    Lowering(
            Definitions definitions,
            Optional<LocalImages> images,
            Bases bases,
            ImageBases registries,
            Remotes remotes,
            Network network,
            Progress progress) {
        this.definitions = definitions;
        this.images = images;
        this.bases = bases;
        this.registries = registries;
        this.remotes = remotes;
        this.network = network;
        this.progress = progress;
    }

    /**
     * A file system, and what its image says of how to use it.
     *
     * @param triggers what {@code ONBUILD} leaves to the stages that start from this one
     * @param variables what {@code ARG} and {@code ENV} have set for them; no image has any
     * @param arguments the names that {@code ARG} has declared
     */
    record Image(
            Operation root,
            ImageConfiguration configuration,
            List<Instruction> triggers,
            Map<String, String> variables,
            Set<String> arguments) {

        Image(Operation root, ImageConfiguration configuration, List<Instruction> triggers) {
            this(root, configuration, triggers, Map.of(), Set.of());
        }

        static Image scratch(Operation root) {
            ContainerConfiguration container =
                    ContainerConfiguration.EMPTY.edit().workingDirectory("/").build();
            return new Image(
                    root, ImageConfiguration.empty(Platform.ARCHITECTURE).withContainer(container), List.of());
        }

        /** One of which only its files are known, and what made them. */
        static Image of(Operation root, String createdBy) {
            return new Image(
                    root,
                    scratch(root).configuration().withHistory(new HistoryEntry(Optional.empty(), createdBy, "", false)),
                    List.of());
        }
    }

    Image lower(Definition definition) throws IOException, InterruptedException {
        return image(definition);
    }

    /** Checks a definition's Dockerfile: the stages that its target needs, or all. */
    CheckedDockerfile check(Definition definition) throws IOException, InterruptedException {
        File file = new File(definition, ImageBuilder.parse(definition));
        List<Stage> stages = definition
                .target()
                .map(target -> List.of(file.targetStage(target)))
                .orElse(file.dockerfile.stages());
        Optional<RuntimeException> fault = Optional.empty();
        for (Stage stage : stages) {
            try {
                file.stage(stage);
            } catch (FaultException | DockerfileException wrong) {
                fault = fault.or(() -> Optional.of(wrong));
            }
        }
        return new CheckedDockerfile(definition.displayedDockerfile(), file.findings(), fault);
    }

    private Image image(Definition definition) throws IOException, InterruptedException {
        return enter("the image " + definition.name(), definition.displayedDockerfile(), () -> {
            File file = new File(definition, ImageBuilder.parse(definition));
            Stage target = definition
                    .target()
                    .map(file::targetStage)
                    .orElse(file.dockerfile.stages().getLast());
            Image image = file.stage(target);
            file.reportUnusedArguments();
            file.reportFindings();
            return new Image(image.root(), image.configuration(), image.triggers());
        });
    }

    /** Something that is resolved while a name is pending. */
    @FunctionalInterface
    private interface Resolution {
        Image resolve() throws IOException, InterruptedException;
    }

    private Image enter(String name, String place, Resolution resolution) throws IOException, InterruptedException {
        if (!pending.add(name)) {
            List<String> circle = new ArrayList<>(pending);
            circle = new ArrayList<>(circle.subList(circle.indexOf(name), circle.size()));
            circle.add(name);
            throw FaultException.wrongInput(
                    place + ": this needs itself: " + String.join(", which needs ", circle) + ".",
                    "Let one of them start from something else.");
        }
        try {
            return resolution.resolve();
        } finally {
            pending.remove(name);
        }
    }

    /** One Dockerfile in the course of lowering. */
    final class File {

        private final Definition definition;
        private final Dockerfile dockerfile;
        private final Map<Integer, Image> stages = new HashMap<>();
        private final Map<String, String> globalArguments = new HashMap<>();
        private final Set<String> declaredArguments = new TreeSet<>();
        private final Map<Integer, Map<String, String>> baseEnvironments = new HashMap<>();
        private final Map<String, String> predefined;
        private final Optional<IgnoreFile> ignored;
        private final Operation.FileSource.Directory context;
        private final NamedContexts contexts;

        File(Definition definition, Dockerfile dockerfile) throws IOException {
            this.definition = definition;
            this.dockerfile = dockerfile;
            this.ignored = ignoreFile(definition);
            this.context = directory("the build context", definition.context(), ignored);
            this.contexts = new NamedContexts(definition.contexts());
            globalArguments.putAll(Platform.arguments());
            globalArguments.put(
                    "TARGETSTAGE",
                    definition
                            .target()
                            .or(() -> dockerfile.stages().getLast().name())
                            .orElse(UNNAMED_TARGET));
            globalArguments.replaceAll(
                    (name, value) -> definition.buildArguments().getOrDefault(name, value));
            declaredArguments.addAll(globalArguments.keySet());
            this.predefined = Map.copyOf(globalArguments);
            for (Instruction.Arg arg : dockerfile.globalArguments()) {
                for (Instruction.Arg.Declaration declaration : arg.declarations()) {
                    argument(declaration, arg.source().range(), globalExpander())
                            .ifPresent(value -> globalArguments.put(declaration.name(), value));
                }
            }
        }

        Dockerfile dockerfile() {
            return dockerfile;
        }

        Definition definition() {
            return definition;
        }

        Operation.FileSource.Directory context() {
            return context;
        }

        Network network() {
            return network;
        }

        Remotes remotes() {
            return remotes;
        }

        char escape() {
            return dockerfile.directives().escape();
        }

        Optional<String> globalArgument(String name) {
            return Optional.ofNullable(globalArguments.get(name));
        }

        private WordExpander globalExpander() {
            return new WordExpander(escape(), this::globalArgument);
        }

        /** The value of a declared argument: the one that the build was given, else the default. */
        Optional<String> argument(Instruction.Arg.Declaration declaration, SourceRange range, WordExpander expander) {
            declaredArguments.add(declaration.name());
            return Optional.ofNullable(definition.buildArguments().get(declaration.name()))
                    .or(() -> declaration
                            .defaultValue()
                            .map(word -> expander.expand(word, range).text()));
        }

        void reportUnusedArguments() {
            Set<String> unused = new TreeSet<>(definition.buildArguments().keySet());
            unused.removeAll(declaredArguments);
            unused.removeIf(Platform::isProxy);
            if (!unused.isEmpty()) {
                progress.report(new Progress.Event.Note(definition.displayedDockerfile()
                        + ": no ARG declares the build arguments " + String.join(", ", unused) + "."));
            }
        }

        /** What the image that is wanted starts from has been checked when that was built. */
        private void reportFindings() {
            if (pending.size() > 1) {
                return;
            }
            LintResult result = findings();
            result.findings().forEach(finding -> progress.report(new Progress.Event.Note("Warning: " + finding)));
            result.requirePassed(definition.displayedDockerfile());
        }

        private LintResult findings() {
            return DockerfileLint.check(
                    dockerfile,
                    new LintContext(
                            definition.buildArguments(),
                            predefined,
                            definition.context(),
                            ignored,
                            stage -> Optional.ofNullable(baseEnvironments.get(stage.index()))));
        }

        Stage targetStage(String name) {
            return dockerfile.stages().stream()
                    .filter(stage -> stage.name().filter(name::equalsIgnoreCase).isPresent())
                    .findFirst()
                    .orElseThrow(() -> FaultException.wrongInput(
                            definition.displayedDockerfile() + ": there is no stage " + name + " to build.",
                            stageNames()));
        }

        private String stageNames() {
            return "The stages are "
                    + String.join(
                            ", ",
                            dockerfile.stages().stream()
                                    .map(stage -> stage.name().orElse(Integer.toString(stage.index())))
                                    .toList())
                    + ".";
        }

        Image stage(Stage stage) throws IOException, InterruptedException {
            Image known = stages.get(stage.index());
            if (known != null) {
                return known;
            }
            SourceRange range = stage.from().source().range();
            Optional<NamedContexts.Named> instead = stage.name().flatMap(contexts::find);
            if (instead.isPresent()) {
                Image made = context(instead.get(), range);
                stages.put(stage.index(), made);
                return made;
            }
            String name = globalExpander().expand(stage.from().image(), range).text();
            if (name.isEmpty()) {
                throw FaultException.wrongInput(
                        range + ": the base's name '" + stage.from().image()
                                + "' is empty once its variables are replaced.",
                        "Give the ARG a default above the first FROM, or pass --build-arg.");
            }
            requirePlatform(stage, range);
            Image base = image(name, stage.index(), range);
            baseEnvironments.put(stage.index(), base.configuration().container().environment());
            Image made = new StageLowering(this, stage, base).lower();
            stages.put(stage.index(), made);
            return made;
        }

        private void requirePlatform(Stage stage, SourceRange range) {
            stage.from().platform().ifPresent(word -> {
                String platform = globalExpander().expand(word, range).text();
                if (!Platform.isThisMachines(platform)) {
                    throw FaultException.missing(
                            range + ": the platform " + platform + " can't be built on this machine.",
                            "Build it on such a machine, or leave --platform out.");
                }
            });
        }

        /** What {@code name} means in the stage with this index, in which only those above it can be named. */
        Image image(String name, int stageIndex, SourceRange range) throws IOException, InterruptedException {
            Optional<Stage> stage = dockerfile.stage(name).filter(candidate -> candidate.index() < stageIndex);
            if (stage.isPresent()) {
                return stage(stage.get());
            }
            if (name.equals("scratch")) {
                return Image.scratch(
                        new Operation.Scratch(new Operation.Label("scratch", range.toString(), "scratch")));
            }
            Optional<NamedContexts.Named> context = contexts.find(name);
            if (context.isPresent()) {
                return context(context.get(), range);
            }
            Optional<Image> local = images.isPresent() ? images.get().find(name, range) : Optional.empty();
            if (local.isPresent()) {
                return local.get();
            }
            Optional<Definition> provider = definitions.providing(name);
            if (provider.isPresent()) {
                return Lowering.this.image(provider.get());
            }
            Optional<DistributionBase> base = bases.find(name);
            return base.isPresent()
                    ? Image.of(
                            new Operation.Base(
                                    new Operation.Label("FROM " + name, range.toString(), "base " + name), base.get()),
                            "FROM " + name)
                    : pulled(name, range);
        }

        private Image pulled(String name, SourceRange range) throws IOException, InterruptedException {
            try {
                return image(
                        registries.find(name, note -> progress.report(new Progress.Event.Note(note))), name, range);
            } catch (FaultException fault) {
                throw switch (fault.category()) {
                    case WRONG_INPUT -> unknown(name, range, fault);
                    case MISSING_ON_MACHINE, FAILED_WORK, REMOTE_FAULT, INTERRUPTED ->
                        new FaultException(
                                fault.category(),
                                range + ": " + name + " is nothing that is built here, and can't be fetched. "
                                        + fault.getMessage(),
                                fault.remedy().orElse(null),
                                fault);
                };
            }
        }

        /** An image that others have built, with what it leaves to those that start from it. */
        private static Image image(ImageBase base, String name, SourceRange range) {
            Operation.Label label = new Operation.Label("FROM " + name, range.toString(), "base " + name);
            List<Instruction> triggers = base.configuration().container().onBuild().stream()
                    .map(text -> DockerfileParser.parseTrigger("ONBUILD of " + name, text))
                    .toList();
            return new Image(
                    base.layers().isEmpty() ? new Operation.Scratch(label) : new Operation.Layers(label, base),
                    base.configuration(),
                    triggers);
        }

        private FaultException unknown(String name, SourceRange range, FaultException fromRegistry) {
            StringBuilder message = new StringBuilder(range + ": there is no base " + name
                    + ": it is no stage before this one, no named context, no image defined here ("
                    + String.join(", ", definitions.names()) + ") and no distribution that can be bootstrapped.");
            for (FaultException fault : definitions.faults()) {
                message.append("\nThis definition could not be read: ").append(fault.getMessage());
            }
            message.append("\nNor can it be had from a registry: ").append(fromRegistry.getMessage());
            boolean namesRegistry = name.contains("/") || name.contains("@");
            return FaultException.wrongInput(
                    message.toString(), namesRegistry ? fromRegistry.remedy().orElse(null) : bases.suggestion(name));
        }

        private Image context(NamedContexts.Named context, SourceRange range) throws IOException, InterruptedException {
            return enter("the context " + context.name(), range.toString(), () -> {
                if (context.image().isPresent()) {
                    return image(context.image().get(), NO_STAGE, range);
                }
                if (context.layout().isPresent()) {
                    return image(
                            registries.layout(context.layout().get(), "context " + context.name()),
                            context.name(),
                            range);
                }
                Operation.FileSource.Directory directory = namedDirectory(context, range);
                Operation.Label label =
                        new Operation.Label("context " + context.name(), range.toString(), "context " + context.name());
                return Image.of(
                        Operation.Copy.of(label, new Operation.Scratch(label), directory, List.of("."), "/", ""),
                        "FROM " + context.name());
            });
        }

        private Operation.FileSource.Directory namedDirectory(NamedContexts.Named context, SourceRange range)
                throws IOException {
            Path path = Path.of(context.value());
            if (context.value().isEmpty() || !Files.isDirectory(path)) {
                throw FaultException.wrongInput(
                        range + ": the context " + context.name() + " is no directory: " + context.value() + ".",
                        "Name a directory, or an image as docker-image://NAME or oci-layout://PATH.");
            }
            return directory(
                    "the context " + context.name(), path, ignoreFile(List.of(path.resolve(IGNORE_FILE)), path));
        }

        /** Where {@code COPY --from} and {@code --mount=from=} find files. */
        Operation.FileSource files(String name, int stageIndex, SourceRange range)
                throws IOException, InterruptedException {
            boolean isStage = dockerfile
                    .stage(name)
                    .filter(stage -> stage.index() < stageIndex)
                    .isPresent();
            if (!isStage && dockerfile.stage(name).isPresent()) {
                throw FaultException.wrongInput(
                        range + ": the stage " + name + " is not above this one, so nothing can be copied from it yet.",
                        "Move it up.");
            }
            Optional<NamedContexts.Named> context = contexts.find(name);
            if (!isStage && context.isPresent() && context.get().isDirectory()) {
                return namedDirectory(context.get(), range);
            }
            return new Operation.FileSource.OfOperation(
                    image(name, stageIndex, range).root());
        }
    }

    private static Operation.FileSource.Directory directory(String name, Path root, Optional<IgnoreFile> ignored)
            throws IOException {
        return new Operation.FileSource.Directory(
                name, root.toRealPath(), ignored.<PathFilter>map(Ignoring::new).orElse(PathFilter.ALL), false);
    }

    private static Optional<IgnoreFile> ignoreFile(Definition definition) throws IOException {
        Path own =
                definition.dockerfile().resolveSibling(definition.dockerfile().getFileName() + IGNORE_FILE);
        return ignoreFile(List.of(own, definition.context().resolve(IGNORE_FILE)), definition.context());
    }

    /** The first of {@code files} that there is. */
    private static Optional<IgnoreFile> ignoreFile(List<Path> files, Path context) throws IOException {
        for (Path file : files) {
            if (DefinitionText.exists(file)) {
                String name = Definition.displayed(file);
                return Optional.of(IgnoreFile.parse(name, DefinitionText.readNames(file, name, context)));
            }
        }
        return Optional.empty();
    }

    /** What an ignore file leaves of a directory. */
    record Ignoring(IgnoreFile file) implements PathFilter {
        @Override
        public boolean includes(String path) {
            return !file.excludes(path);
        }

        @Override
        public boolean enters(String directory) {
            return !file.excludesWithContents(directory);
        }
    }
}
