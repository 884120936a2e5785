package io.metalimages.build;

import io.metalimages.common.FaultException;
import io.metalimages.dockerfile.SourceRange;
import io.metalimages.dockerfile.parse.MountParser;
import io.metalimages.dockerfile.patterns.IgnoreFile;
import io.metalimages.dockerfile.patterns.PathPattern;
import io.metalimages.dockerfile.syntax.Command;
import io.metalimages.dockerfile.syntax.Heredoc;
import io.metalimages.dockerfile.syntax.Instruction;
import io.metalimages.dockerfile.syntax.MountSpecification;
import io.metalimages.dockerfile.syntax.Stage;
import io.metalimages.dockerfile.syntax.Transfer;
import io.metalimages.dockerfile.words.WordExpander;
import io.metalimages.engine.Operation;
import io.metalimages.engine.exec.Network;
import io.metalimages.engine.files.PathFilter;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/** Lowers the instructions of one stage, one after the other, and keeps account of its variables meanwhile. */
final class StageLowering {

    private static final String DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private static final Pattern OCTAL = Pattern.compile("[0-7]{1,5}");
    private static final int MOST_PERMISSIONS = 07777;
    private static final Pattern NUMBER = Pattern.compile("[0-9]+");

    /** As for the container engines: numbers above are negative to some programs. */
    private static final BigInteger HIGHEST_ID = BigInteger.valueOf(Integer.MAX_VALUE);

    private static final int LONGEST_NAME = 120;

    /** See limits.h. */
    private static final int LONGEST_FILE_NAME = 255;

    private static final int LONGEST_PATH = 4095;

    /** How a command is run tells a reader less than what is run. */
    private static final Pattern FLAGS_OF_RUN = Pattern.compile("^(?i:run)(?: --\\S+)+");

    private final Lowering.File file;
    private final Stage stage;
    private final Map<String, String> arguments = new LinkedHashMap<>();
    private final WordExpander expander;

    private Operation root;
    private ImageConfiguration configuration;
    private int steps;
    private int step;

    StageLowering(Lowering.File file, Stage stage, Lowering.Image base) {
        this.file = file;
        this.stage = stage;
        this.root = base.root();
        this.configuration = base.configuration();
        this.expander = new WordExpander(file.escape(), this::variable);
        for (String name : Platform.PREDEFINED_ARGUMENTS) {
            Optional.ofNullable(file.definition().buildArguments().get(name))
                    .ifPresent(value -> arguments.put(name, value));
        }
    }

    private Optional<String> variable(String name) {
        return Optional.ofNullable(configuration.environment().get(name))
                .or(() -> Optional.ofNullable(arguments.get(name)));
    }

    Lowering.Image lower() throws IOException, InterruptedException {
        steps = (int)
                stage.instructions().stream().filter(StageLowering::isStep).count();
        for (Instruction instruction : stage.instructions()) {
            if (isStep(instruction)) {
                step++;
            }
            lower(instruction);
        }
        return new Lowering.Image(root, configuration);
    }

    private static boolean isStep(Instruction instruction) {
        return instruction instanceof Instruction.Run
                || instruction instanceof Instruction.Copy
                || instruction instanceof Instruction.Workdir;
    }

    private void lower(Instruction instruction) throws IOException, InterruptedException {
        SourceRange range = instruction.source().range();
        switch (instruction) {
            case Instruction.Arg arg -> declare(arg, range);
            case Instruction.Env env ->
                configuration = configuration.withEnvironment(assignments(env.assignments(), range));
            case Instruction.Label label ->
                configuration = configuration.withLabels(assignments(label.assignments(), range));
            case Instruction.Workdir workdir -> workdir(workdir, range);
            case Instruction.User user ->
                configuration = configuration.withUser(owner("USER", expand(user.user(), range), range));
            case Instruction.Shell shell -> configuration = configuration.withShell(shell.arguments());
            case Instruction.Run run -> run(run, range);
            case Instruction.Copy copy -> copy(copy, range);
            case Instruction.Add add ->
                throw unsupported(range, "ADD", "Use COPY for files, and RUN with curl and tar for the rest.");
            case Instruction.From from ->
                throw new IllegalStateException(range + ": FROM opens a stage and can't stand in one.");
            // How a container is started is no part of a machine's file system.
            case Instruction.Cmd cmd -> {}
            case Instruction.Entrypoint entrypoint -> {}
            case Instruction.Expose expose -> {}
            case Instruction.Volume volume -> {}
            case Instruction.StopSignal stopSignal -> {}
            case Instruction.HealthCheck healthCheck -> {}
            case Instruction.Maintainer maintainer -> {}
            case Instruction.OnBuild onBuild -> {}
        }
    }

    private String expand(String word, SourceRange range) {
        return withoutNul(expander.expand(word, range).text(), range);
    }

    /** The kernel ends every text at its first NUL character. */
    private static String withoutNul(String text, SourceRange range) {
        if (text.indexOf('\0') >= 0) {
            throw FaultException.wrongInput(range + ": there is a NUL character in a word.", "Take it out.");
        }
        return text;
    }

    /** Who {@code USER} or {@code --chown} names, so far as it can be told without the image's list of users. */
    private static String owner(String what, String owner, SourceRange range) {
        String[] parts = owner.split(":", -1);
        if (parts.length > 2 || (!owner.isEmpty() && parts[0].isEmpty())) {
            throw FaultException.wrongInput(
                    range + ": " + what + " " + owner + " does not name a user.", "Write it as USER or USER:GROUP.");
        }
        for (String part : parts) {
            if (NUMBER.matcher(part).matches() && new BigInteger(part).compareTo(HIGHEST_ID) > 0) {
                throw FaultException.wrongInput(
                        range + ": " + what + " " + owner + ": the highest number of a user or group is " + HIGHEST_ID
                                + ".",
                        "Give a lower number, or a name.");
            }
        }
        return owner;
    }

    private static int id(OptionalLong number, SourceRange range) {
        return Integer.parseInt(owner("the mount's owner", Long.toString(number.orElse(0)), range));
    }

    private void declare(Instruction.Arg arg, SourceRange range) {
        for (Instruction.Arg.Declaration declaration : arg.declarations()) {
            Optional<String> value = file.argument(declaration, range, expander);
            if (value.isEmpty()) {
                value = file.globalArgument(declaration.name());
            }
            value.ifPresent(text -> arguments.put(declaration.name(), text));
        }
    }

    private Map<String, String> assignments(List<Instruction.Assignment> assignments, SourceRange range) {
        Map<String, String> values = new LinkedHashMap<>();
        for (Instruction.Assignment assignment : assignments) {
            String name = expand(assignment.name(), range);
            if (name.isEmpty()) {
                throw FaultException.wrongInput(
                        range + ": the name '" + assignment.name() + "' is empty once its variables are replaced.",
                        "Give the variable a value, or write the name out.");
            }
            values.put(name, expand(assignment.value(), range));
        }
        return values;
    }

    private Operation.Label label(Instruction instruction) {
        String stageName = stage.name().orElse("stage " + stage.index());
        String line = FLAGS_OF_RUN
                .matcher(instruction.source().logicalLine().strip().replaceAll("\\s+", " "))
                .replaceFirst("RUN");
        String shown = line.length() > LONGEST_NAME ? line.substring(0, LONGEST_NAME - 1) + "…" : line;
        return new Operation.Label(
                "[" + stageName + " " + step + "/" + steps + "] " + shown,
                instruction.source().range().toString(),
                file.definition().name() + " " + stageName + " " + step);
    }

    private void workdir(Instruction.Workdir workdir, SourceRange range) {
        String path = absolute(expand(workdir.path(), range), range);
        configuration = configuration.withWorkingDirectory(path);
        root = new Operation.MakeDirectory(label(workdir), root, path, configuration.user());
    }

    /** A path of the image, which has to be one that Linux can have. */
    private String absolute(String path, SourceRange range) {
        Path absolute = Path.of(configuration.workingDirectory()).resolve(path).normalize();
        for (Path name : absolute) {
            if (bytes(name) > LONGEST_FILE_NAME) {
                throw FaultException.wrongInput(
                        range + ": a file's name has " + bytes(name) + " bytes, but at most " + LONGEST_FILE_NAME
                                + " are possible.",
                        "Shorten it.");
            }
        }
        if (bytes(absolute) > LONGEST_PATH) {
            throw FaultException.wrongInput(
                    range + ": a path has " + bytes(absolute) + " bytes, but at most " + LONGEST_PATH
                            + " are possible.",
                    "Shorten it.");
        }
        return absolute.toString();
    }

    private static int bytes(Path path) {
        return path.toString().getBytes(StandardCharsets.UTF_8).length;
    }

    private String target(String path, SourceRange range) {
        if (path.isEmpty()) {
            throw FaultException.wrongInput(range + ": the mount has no target.", "Add target=PATH.");
        }
        return absolute(path, range);
    }

    private void run(Instruction.Run run, SourceRange range) throws IOException, InterruptedException {
        if (run.security() == Instruction.Run.Security.INSECURE) {
            throw unsupported(range, "RUN --security=insecure", "Leave it out: steps run confined.");
        }
        if (!run.devices().isEmpty()) {
            throw unsupported(range, "RUN --device", "Leave it out.");
        }
        List<Operation.Mount> mounts = new ArrayList<>();
        for (String text : run.mounts()) {
            mounts.add(mount(MountParser.parse(text, word -> expand(word, range), range), range));
        }
        List<String> command = command(run.command(), mounts, range);
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("PATH", DEFAULT_PATH);
        environment.putAll(arguments);
        environment.putAll(configuration.environment());
        root = new Operation.Run(
                label(run),
                root,
                command,
                environment,
                configuration.workingDirectory(),
                configuration.user(),
                network(run, range),
                mounts);
    }

    /** A Dockerfile may take less of the network than the user allows, but not more. */
    private Network network(Instruction.Run run, SourceRange range) {
        return switch (run.network()) {
            case DEFAULT -> file.network();
            case NONE -> Network.NONE;
            case HOST -> {
                if (file.network() != Network.HOST) {
                    throw FaultException.wrongInput(
                            range + ": RUN --network=host would show this step what listens on this machine's loopback"
                                    + " addresses.",
                            "Take the flag out, or allow it to all steps: metal-images build --network host");
                }
                yield Network.HOST;
            }
        };
    }

    private List<String> command(Command command, List<Operation.Mount> mounts, SourceRange range) {
        return switch (command) {
            case Command.Exec(List<String> words) ->
                words.stream().map(word -> withoutNul(word, range)).toList();
            case Command.Shell shell -> shellCommand(shell.script());
            case Command.Script script -> {
                Heredoc heredoc = script.heredoc();
                String body = heredoc.expand()
                        ? expander.expandHeredoc(heredoc.body(), range).text()
                        : heredoc.body();
                if (!script.hasInterpreter()) {
                    yield shellCommand(body);
                }
                String program = "/dev/pipes/" + heredoc.name();
                mounts.add(new Operation.Mount.Inline(program, body, 0755));
                yield List.of(program);
            }
        };
    }

    private List<String> shellCommand(String script) {
        List<String> command = new ArrayList<>(configuration.shell());
        command.add(script);
        return command;
    }

    private Operation.Mount mount(MountSpecification specification, SourceRange range)
            throws IOException, InterruptedException {
        return switch (specification) {
            case MountSpecification.Bind bind -> {
                Operation.FileSource files =
                        bind.from().isPresent() ? file.files(bind.from().get(), stage.index(), range) : file.context();
                if (!bind.readOnly()) {
                    throw unsupported(range, "RUN --mount=type=bind,rw", "Copy the files in a stage of their own.");
                }
                yield new Operation.Mount.Bind(target(bind.target(), range), files, bind.source());
            }
            case MountSpecification.Cache cache -> {
                if (cache.from().isPresent() || cache.readOnly()) {
                    throw unsupported(range, "from= or ro of RUN --mount=type=cache", "Leave it out.");
                }
                yield new Operation.Mount.Cache(
                        target(cache.target(), range),
                        cache.id(),
                        cache.sharing() == MountSpecification.Sharing.SHARED
                                ? Operation.Sharing.SHARED
                                : Operation.Sharing.LOCKED,
                        cache.mode().orElse(0755),
                        id(cache.user(), range),
                        id(cache.group(), range));
            }
            case MountSpecification.Tmpfs memory ->
                new Operation.Mount.Temporary(
                        target(memory.target(), range),
                        memory.size().isPresent() ? Optional.of(memory.size().getAsLong()) : Optional.empty());
            case MountSpecification.Secret secret ->
                throw unsupported(range, "RUN --mount=type=secret", "Leave it out.");
            case MountSpecification.Ssh ssh -> throw unsupported(range, "RUN --mount=type=ssh", "Leave it out.");
        };
    }

    private void copy(Instruction.Copy copy, SourceRange range) throws IOException, InterruptedException {
        if (copy.parents()) {
            throw unsupported(range, "COPY --parents", "Name the directories in the destination.");
        }
        Transfer transfer = copy.transfer();
        Operation.FileSource files = copy.from().isPresent()
                ? file.files(expand(copy.from().get(), range), stage.index(), range)
                : file.context();
        String destination = destination(expand(transfer.destination(), range), range);
        String owner = transfer.owner()
                .map(word -> owner("--chown", expand(word, range), range))
                .orElse("");
        Optional<Integer> mode = transfer.mode().map(word -> mode(expand(word, range), range));
        List<String> named = new ArrayList<>();
        List<String> inlineNames = new ArrayList<>();
        Map<String, String> inline = new LinkedHashMap<>();
        for (Transfer.Origin origin : transfer.sources()) {
            switch (origin) {
                case Transfer.Origin.Named(String word) -> named.add(source(expand(word, range), copy, range));
                case Transfer.Origin.Inline(Heredoc heredoc) -> {
                    inlineNames.add(heredoc.name());
                    inline.put(
                            heredoc.name(),
                            heredoc.expand()
                                    ? expander.expandHeredoc(heredoc.body(), range)
                                            .text()
                                    : heredoc.body());
                }
            }
        }
        if (transfer.sources().size() > 1 && !destination.endsWith("/")) {
            throw FaultException.wrongInput(
                    range + ": several sources can't be copied to one file.",
                    "End the destination in a slash: " + destination + "/");
        }
        if (!named.isEmpty()) {
            root = new Operation.Copy(
                    label(copy), root, excluding(files, transfer, range), named, destination, owner, mode);
        }
        if (!inline.isEmpty()) {
            root = new Operation.Copy(
                    label(copy), root, new Operation.FileSource.Inline(inline), inlineNames, destination, owner, mode);
        }
    }

    private static String source(String path, Instruction.Copy copy, SourceRange range) {
        PathPattern.parse(path, range);
        Path relative = Path.of(path.replaceFirst("^/+", "")).normalize();
        if (relative.startsWith("..")) {
            throw FaultException.wrongInput(
                    range + ": " + path + " is outside of "
                            + copy.from().map(from -> from + ".").orElse("the build context."),
                    "Move it into the context, or name its directory in --build-context.");
        }
        return path;
    }

    private String destination(String path, SourceRange range) {
        boolean directory = path.endsWith("/") || path.endsWith("/.") || path.equals(".");
        String absolute = absolute(path, range);
        return directory && !absolute.endsWith("/") ? absolute + "/" : absolute;
    }

    private static int mode(String text, SourceRange range) {
        if (!OCTAL.matcher(text).matches() || Integer.parseInt(text, 8) > MOST_PERMISSIONS) {
            throw unsupported(range, "--chmod=" + text, "Write the mode in octal digits: --chmod=0755");
        }
        return Integer.parseInt(text, 8);
    }

    private static Operation.FileSource excluding(Operation.FileSource files, Transfer transfer, SourceRange range) {
        if (transfer.excludes().isEmpty()) {
            return files;
        }
        if (!(files instanceof Operation.FileSource.Directory directory)) {
            throw unsupported(range, "COPY --from with --exclude", "Remove the files in a RUN.");
        }
        IgnoreFile excluded = IgnoreFile.of(transfer.excludes(), range);
        PathFilter outer = directory.filter();
        return new Operation.FileSource.Directory(
                directory.name(),
                directory.root(),
                new PathFilter() {
                    @Override
                    public boolean includes(String path) {
                        return outer.includes(path) && !excluded.excludes(path);
                    }

                    @Override
                    public boolean enters(String path) {
                        return outer.enters(path) && !excluded.excludesWithContents(path);
                    }
                },
                directory.keepTimes());
    }

    private static FaultException unsupported(SourceRange range, String what, String remedy) {
        return FaultException.wrongInput(range + ": " + what + " is not supported.", remedy);
    }
}
