package io.metalimages.build;

import io.metalimages.common.FaultException;
import io.metalimages.dockerfile.SourceRange;
import io.metalimages.dockerfile.parse.MountParser;
import io.metalimages.dockerfile.syntax.Command;
import io.metalimages.dockerfile.syntax.Heredoc;
import io.metalimages.dockerfile.syntax.Instruction;
import io.metalimages.dockerfile.syntax.Stage;
import io.metalimages.engine.Operation;
import io.metalimages.engine.exec.Network;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Lowers the instructions of one stage, one after the other, after those that its base has left to it. */
final class StageLowering {

    private static final int LONGEST_NAME = 120;

    /** Where programs look for an SSH agent. */
    private static final String AGENT = "SSH_AUTH_SOCK";

    /** By whom a layer was made, for people. */
    static final String BUILDKIT = " # buildkit";

    /** How a command is run tells a reader less than what is run. */
    private static final Pattern FLAGS_OF_RUN = Pattern.compile("^(?i:run)(?: --\\S+)+");

    private final Lowering.File file;
    private final Stage stage;
    private final StageScope scope;
    private final ConfigurationLowering configuration;
    private final List<Instruction> instructions;
    private final int steps;
    private final List<Instruction> triggers = new ArrayList<>();

    private Operation root;
    private int step;

    StageLowering(Lowering.File file, Stage stage, Lowering.Image base) {
        this.file = file;
        this.stage = stage;
        this.root = base.root();
        this.scope = new StageScope(file, base);
        this.configuration = new ConfigurationLowering(scope);
        this.instructions = Stream.concat(base.triggers().stream(), stage.instructions().stream())
                .toList();
        this.steps = (int) instructions.stream().filter(StageLowering::isStep).count();
        scope.configure(scope.container().edit().onBuild(List.of()));
    }

    Lowering.Image lower() throws IOException, InterruptedException {
        for (Instruction instruction : instructions) {
            if (isStep(instruction)) {
                step++;
            }
            lower(instruction);
        }
        scope.configure(scope.container()
                .edit()
                .onBuild(triggers.stream()
                        .map(trigger -> trigger.source().text())
                        .toList()));
        return new Lowering.Image(root, scope.image(), triggers, scope.variables(), scope.arguments());
    }

    private static boolean isStep(Instruction instruction) {
        return instruction instanceof Instruction.Run
                || instruction instanceof Instruction.Copy
                || instruction instanceof Instruction.Add
                || instruction instanceof Instruction.Workdir;
    }

    private void lower(Instruction instruction) throws IOException, InterruptedException {
        SourceRange range = instruction.source().range();
        switch (instruction) {
            case Instruction.Arg arg -> scope.declare(arg, range);
            case Instruction.Env env -> configuration.environment(env, range);
            case Instruction.Label label -> configuration.labels(label, range);
            case Instruction.Workdir workdir -> workdir(workdir, range);
            case Instruction.User user -> configuration.user(user, range);
            case Instruction.Shell shell -> configuration.shell(shell);
            case Instruction.Run run -> run(run, range);
            case Instruction.Copy copy ->
                root = new TransferLowering(file, stage, scope, range).copy(copy, label(copy), root);
            case Instruction.Add add ->
                root = new TransferLowering(file, stage, scope, range).add(add, label(add), root);
            case Instruction.OnBuild onBuild -> triggers.add(onBuild.trigger());
            case Instruction.From from ->
                throw new IllegalStateException(range + ": FROM opens a stage and can't stand in one.");
            case Instruction.Cmd cmd -> configuration.command(cmd);
            case Instruction.Entrypoint entrypoint -> configuration.entrypoint(entrypoint);
            case Instruction.Expose expose -> configuration.ports(expose, range);
            case Instruction.Volume volume -> configuration.volumes(volume, range);
            case Instruction.StopSignal stopSignal -> configuration.stopSignal(stopSignal, range);
            case Instruction.HealthCheck healthCheck -> configuration.healthCheck(healthCheck);
            case Instruction.Maintainer maintainer -> configuration.author(maintainer);
        }
    }

    private Operation.Label label(Instruction instruction) {
        String stageName = stage.name().orElse("stage " + stage.index());
        String line = FLAGS_OF_RUN
                .matcher(instruction.source().logicalLine().strip().replaceAll("\\s+", " "))
                .replaceFirst("RUN");
        String shown = line.length() > LONGEST_NAME ? line.substring(0, LONGEST_NAME - 1) + "…" : line;
        String inherited = stage.instructions().contains(instruction) ? "" : "ONBUILD ";
        return new Operation.Label(
                "[" + stageName + " " + step + "/" + steps + "] " + inherited + shown,
                instruction.source().range().toString(),
                file.definition().name() + " " + stageName + " " + step);
    }

    private void workdir(Instruction.Workdir workdir, SourceRange range) {
        String written = scope.expand(workdir.path(), range);
        String path = scope.absolute(written, range);
        String shown = written.startsWith("/") ? written : path;
        scope.configure(scope.container().edit().workingDirectory(shown));
        String done = "WORKDIR " + shown;
        if (path.equals("/")) {
            scope.note(done);
            return;
        }
        root = new Operation.MakeDirectory(
                label(workdir), root, path, scope.container().user());
        scope.noteLayer(done);
    }

    private void run(Instruction.Run run, SourceRange range) throws IOException, InterruptedException {
        if (run.security() == Instruction.Run.Security.INSECURE) {
            throw StageScope.unsupported(range, "RUN --security=insecure", "Leave it out: steps run confined.");
        }
        if (!run.devices().isEmpty()) {
            throw StageScope.unsupported(range, "RUN --device", "Leave it out.");
        }
        MountLowering lowering = new MountLowering(file, stage, scope, range);
        List<Operation.Mount> mounts = new ArrayList<>();
        for (String text : run.mounts()) {
            mounts.add(lowering.mount(MountParser.parse(text, word -> scope.expand(word, range), range)));
        }
        List<String> command = command(run.command(), mounts, range);
        Map<String, String> environment = new LinkedHashMap<>(scope.variables());
        environment.putAll(Platform.proxies(file.definition().buildArguments()));
        mounts.stream()
                .filter(Operation.Mount.Agent.class::isInstance)
                .findFirst()
                .ifPresent(agent -> environment.putIfAbsent(AGENT, ((Operation.Mount.Agent) agent).target()));
        root = new Operation.Run(
                label(run),
                root,
                command,
                environment,
                scope.absolute(".", range),
                scope.container().user(),
                network(run, range),
                mounts);
        scope.noteLayer("RUN " + scope.argumentsBefore() + String.join(" ", command) + BUILDKIT);
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

    /** Variables are left to the shell, in here-documents too, whether or not their names are quoted. */
    private List<String> command(Command command, List<Operation.Mount> mounts, SourceRange range) {
        return switch (command) {
            case Command.Exec(List<String> words) ->
                words.stream().map(word -> StageScope.withoutNul(word, range)).toList();
            case Command.Shell shell -> shellCommand(shell.script(), range);
            case Command.Script script -> {
                Heredoc heredoc = script.heredoc();
                if (!script.hasInterpreter()) {
                    yield shellCommand(heredoc.body(), range);
                }
                String program = "/dev/pipes/" + heredoc.name();
                mounts.add(new Operation.Mount.Inline(program, heredoc.body(), 0755));
                yield shellCommand(program, range);
            }
        };
    }

    private List<String> shellCommand(String script, SourceRange range) {
        return scope.shellCommand(StageScope.withoutNul(script, range));
    }
}
