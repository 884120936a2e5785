package io.metalimages.build;

import io.metalimages.common.FaultException;
import io.metalimages.dockerfile.SourceRange;
import io.metalimages.dockerfile.syntax.Command;
import io.metalimages.dockerfile.syntax.Instruction;
import io.metalimages.registry.image.HealthCheck;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.stream.Collectors;

/** Lowers the instructions that change no file of an image, only what it says of itself. */
final class ConfigurationLowering {

    private final StageScope scope;
    private boolean commandIsSet;

    ConfigurationLowering(StageScope scope) {
        this.scope = scope;
    }

    void environment(Instruction.Env env, SourceRange range) {
        Map<String, String> values = scope.assignments(env.assignments(), range);
        scope.setEnvironment(values);
        scope.note("ENV " + written(values));
    }

    void labels(Instruction.Label label, SourceRange range) {
        Map<String, String> values = scope.assignments(label.assignments(), range);
        scope.configure(scope.container().edit().setLabels(values));
        scope.note("LABEL " + written(values));
    }

    private static String written(Map<String, String> values) {
        return values.entrySet().stream()
                .map(value -> value.getKey() + "=" + value.getValue())
                .collect(Collectors.joining(" "));
    }

    void user(Instruction.User user, SourceRange range) {
        String name = StageScope.owner("USER", scope.expand(user.user(), range), range);
        if (name.startsWith(":")) {
            throw FaultException.wrongInput(
                    range + ": USER " + name + " does not name a user.", "Write it as USER or USER:GROUP.");
        }
        scope.configure(scope.container().edit().user(name));
        scope.note("USER " + name);
    }

    void shell(Instruction.Shell shell) {
        scope.configure(scope.container().edit().shell(shell.arguments()));
        scope.note("SHELL " + GoFormat.list(shell.arguments()));
    }

    void command(Instruction.Cmd cmd) {
        List<String> arguments = arguments(cmd.command());
        commandIsSet = true;
        scope.configure(scope.container().edit().command(arguments).commandEscaped(true));
        scope.note("CMD " + GoFormat.quotedList(arguments));
    }

    /** The command of the base is one for its own entry point. */
    void entrypoint(Instruction.Entrypoint entrypoint) {
        List<String> arguments = arguments(entrypoint.command());
        List<String> command = commandIsSet ? scope.container().command() : List.of();
        scope.configure(scope.container().edit().entrypoint(arguments).command(command));
        scope.note("ENTRYPOINT " + GoFormat.quotedList(arguments));
    }

    private List<String> arguments(Command command) {
        return switch (command) {
            case Command.Exec(List<String> arguments) -> arguments;
            case Command.Shell shell -> scope.shellCommand(shell.script());
            case Command.Script script -> scope.shellCommand(script.heredoc().body());
        };
    }

    void ports(Instruction.Expose expose, SourceRange range) {
        List<String> words = new ArrayList<>();
        for (String word : expose.ports()) {
            words.addAll(scope.expandToWords(word, range));
        }
        SortedSet<String> ports = ExposedPorts.parse(words, range);
        scope.configure(scope.container().edit().exposePorts(ports));
        scope.note("EXPOSE " + GoFormat.list(List.copyOf(ports)));
    }

    void volumes(Instruction.Volume volume, SourceRange range) {
        List<String> paths =
                volume.paths().stream().map(path -> scope.expand(path, range)).toList();
        if (paths.contains("")) {
            throw FaultException.wrongInput(
                    range + ": VOLUME names a directory that is empty once its variables are replaced.",
                    "Give the variable a value, or write the directory out.");
        }
        scope.configure(scope.container().edit().addVolumes(paths));
        scope.note("VOLUME " + GoFormat.list(paths));
    }

    void stopSignal(Instruction.StopSignal stopSignal, SourceRange range) {
        String signal = scope.expand(stopSignal.signal(), range);
        if (!Signals.contain(signal)) {
            throw FaultException.wrongInput(
                    range + ": STOPSIGNAL " + signal + " is no signal.", "Write a name, such as SIGTERM, or a number.");
        }
        scope.configure(scope.container().edit().stopSignal(signal));
        scope.note("STOPSIGNAL " + signal);
    }

    void healthCheck(Instruction.HealthCheck instruction) {
        HealthCheck check = new HealthCheck(
                test(instruction.test()),
                instruction.interval().orElse(Duration.ZERO),
                instruction.timeout().orElse(Duration.ZERO),
                instruction.startPeriod().orElse(Duration.ZERO),
                instruction.startInterval().orElse(Duration.ZERO),
                instruction.retries().orElse(0));
        scope.configure(scope.container().edit().healthCheck(check));
        scope.note("HEALTHCHECK {Test:" + GoFormat.list(check.test())
                + " Interval:" + GoFormat.duration(check.interval())
                + " Timeout:" + GoFormat.duration(check.timeout())
                + " StartPeriod:" + GoFormat.duration(check.startPeriod())
                + " StartInterval:" + GoFormat.duration(check.startInterval())
                + " Retries:" + check.retries() + "}");
    }

    private static List<String> test(Optional<Command> command) {
        List<String> test = new ArrayList<>();
        switch (command.orElse(null)) {
            case null -> test.add("NONE");
            case Command.Exec(List<String> arguments) -> {
                test.add("CMD");
                test.addAll(arguments);
            }
            case Command.Shell shell -> {
                test.add("CMD-SHELL");
                test.add(shell.script());
            }
            case Command.Script script -> {
                test.add("CMD-SHELL");
                test.add(script.heredoc().body());
            }
        }
        return test;
    }

    void author(Instruction.Maintainer maintainer) {
        scope.author(maintainer.author());
        scope.note("MAINTAINER " + maintainer.author());
    }
}
