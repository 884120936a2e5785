package io.metalimages.build.lint;

import io.metalimages.dockerfile.Suggestion;
import io.metalimages.dockerfile.syntax.Dockerfile;
import io.metalimages.dockerfile.syntax.Instruction;
import io.metalimages.dockerfile.syntax.Stage;
import io.metalimages.dockerfile.syntax.Transfer;
import io.metalimages.dockerfile.words.Expansion;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What depends on the variables that are set where an instruction stands. */
final class VariableRules {

    private static final Pattern SECRET = Pattern.compile(
            "(?:_|^)(?:apikey|auth|credential|credentials|key|password|pword|passwd|secret|token)(?:_|$)",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern NO_SECRET =
            Pattern.compile("(?:_|^)(?:public|file|version)(?:_|$)", Pattern.CASE_INSENSITIVE);
    private static final Pattern ADDRESS = Pattern.compile("(?:[a-z+]+://|git@).*");

    /** Arguments that tell the builder something, and are no variables. */
    private static final Set<String> OF_THE_BUILDER =
            Set.of("BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE", "PATH");

    private final Dockerfile dockerfile;
    private final GlobalArguments arguments;
    private final LintContext context;
    private final Findings findings;
    private final Map<Integer, Scope> scopes = new HashMap<>();

    VariableRules(Dockerfile dockerfile, GlobalArguments arguments, LintContext context, Findings findings) {
        this.dockerfile = dockerfile;
        this.arguments = arguments;
        this.context = context;
        this.findings = findings;
    }

    /** The variables of a stage so far, in the order of its instructions. */
    private static final class Scope {

        private final Map<String, String> values = new HashMap<>();
        private final Set<String> declared = new HashSet<>();
        private boolean complete;
        private boolean workingDirectorySet;

        static Scope of(Optional<Map<String, String>> environment) {
            Scope scope = new Scope();
            environment.ifPresent(scope.values::putAll);
            scope.complete = environment.isPresent();
            return scope;
        }

        Scope copy() {
            Scope copy = new Scope();
            copy.values.putAll(values);
            copy.declared.addAll(declared);
            copy.complete = complete;
            copy.workingDirectorySet = workingDirectorySet;
            return copy;
        }
    }

    void check() {
        for (Stage stage : dockerfile.stages()) {
            Scope scope = arguments
                    .parent(stage)
                    .map(parent -> scopes.getOrDefault(parent.index(), Scope.of(Optional.empty()))
                            .copy())
                    .orElseGet(() -> Scope.of(
                            stage.from().image().equals("scratch")
                                    ? Optional.of(Map.of())
                                    : context.baseEnvironment().apply(stage)));
            scopes.put(stage.index(), scope);
            stage.instructions().forEach(instruction -> check(instruction, scope));
        }
    }

    private void check(Instruction instruction, Scope scope) {
        switch (instruction) {
            case Instruction.Arg arg -> arg.declarations().forEach(declaration -> argument(declaration, arg, scope));
            case Instruction.Env env -> environment(env, scope);
            case Instruction.Label label ->
                label.assignments().forEach(assignment -> {
                    expand(assignment.name(), label, scope);
                    expand(assignment.value(), label, scope);
                });
            case Instruction.Workdir workdir -> workingDirectory(workdir, scope);
            case Instruction.User user -> expand(user.user(), user, scope);
            case Instruction.Volume volume -> volume.paths().forEach(path -> expand(path, volume, scope));
            case Instruction.Expose expose -> expose.ports().forEach(port -> expand(port, expose, scope));
            case Instruction.StopSignal signal -> expand(signal.signal(), signal, scope);
            case Instruction.Run run -> run.mounts().forEach(mount -> expand(mount, run, scope));
            case Instruction.Copy copy ->
                transfer(copy, "Copy", copy.transfer(), copy.from().isEmpty(), scope);
            case Instruction.Add add -> {
                add.checksum().ifPresent(word -> expand(word, add, scope));
                transfer(add, "Add", add.transfer(), true, scope);
            }
            default -> {}
        }
    }

    private void argument(Instruction.Arg.Declaration declaration, Instruction.Arg arg, Scope scope) {
        secret("ARG", declaration.name(), arg);
        String given = context.buildArguments().get(declaration.name());
        Optional<String> value = given != null
                ? Optional.of(given)
                : declaration
                        .defaultValue()
                        .map(word -> expand(word, arg, scope))
                        .or(() -> arguments.value(declaration.name()));
        scope.declared.add(declaration.name());
        value.ifPresent(text -> scope.values.put(declaration.name(), text));
    }

    private void environment(Instruction.Env env, Scope scope) {
        Map<String, String> values = new HashMap<>();
        for (Instruction.Assignment assignment : env.assignments()) {
            String name = expand(assignment.name(), env, scope);
            secret("ENV", name, env);
            values.put(name, expand(assignment.value(), env, scope));
        }
        scope.values.putAll(values);
    }

    private void secret(String keyword, String name, Instruction instruction) {
        if (SECRET.matcher(name).find() && !NO_SECRET.matcher(name).find()) {
            findings.add(
                    LintRule.SECRETS_USED_IN_ARG_OR_ENV,
                    instruction,
                    "Do not use ARG or ENV instructions for sensitive data (%s \"%s\")".formatted(keyword, name));
        }
    }

    /** Only the first one is reported: when it is absolute, all others have a place. */
    private void workingDirectory(Instruction.Workdir workdir, Scope scope) {
        String path = expand(workdir.path(), workdir, scope);
        if (!scope.workingDirectorySet && !path.startsWith("/")) {
            findings.add(
                    LintRule.WORKDIR_RELATIVE_PATH,
                    workdir,
                    "Relative workdir \"%s\" can have unexpected results if the base image changes".formatted(path));
        }
        scope.workingDirectorySet = true;
    }

    private void transfer(Instruction instruction, String verb, Transfer transfer, boolean fromContext, Scope scope) {
        Stream.of(transfer.owner(), transfer.mode(), Optional.of(transfer.destination()))
                .flatMap(Optional::stream)
                .forEach(word -> expand(word, instruction, scope));
        for (Transfer.Origin origin : transfer.sources()) {
            if (origin instanceof Transfer.Origin.Named(String word)) {
                String source = expand(word, instruction, scope);
                if (fromContext && !ADDRESS.matcher(source).matches()) {
                    ignored(instruction, verb, source);
                }
            }
        }
    }

    /** Where exceptions take files back in, what a pattern leaves out can't be told without looking for files. */
    private void ignored(Instruction instruction, String verb, String source) {
        String path = Path.of("/", source).normalize().toString().substring(1);
        boolean excluded = context.ignored()
                .filter(file -> !file.hasExceptions())
                .filter(file -> path.isEmpty() ? file.excludesAll() : file.excludes(path))
                .isPresent();
        if (excluded) {
            findings.add(
                    LintRule.COPY_IGNORED_FILE,
                    instruction,
                    "Attempting to %s file \"%s\" that is excluded by .dockerignore"
                            .formatted(verb, path.isEmpty() ? "." : path));
        }
    }

    /** The word with its variables replaced; as it is written if it is wrong. */
    private String expand(String word, Instruction instruction, Scope scope) {
        Optional<Expansion> expansion = GlobalArguments.expand(word, scope.values, dockerfile, instruction);
        if (scope.complete) {
            expansion.ifPresent(done -> undefined(done, instruction, scope));
        }
        return expansion.map(Expansion::text).orElse(word);
    }

    private void undefined(Expansion expansion, Instruction instruction, Scope scope) {
        List<String> names = new ArrayList<>(expansion.undefined());
        names.removeIf(name -> scope.declared.contains(name) || OF_THE_BUILDER.contains(name));
        names.sort(null);
        for (String name : names) {
            String suggestion = Suggestion.to(name, scope.values.keySet())
                    .map(other -> " (did you mean $" + other + "?)")
                    .orElse("");
            findings.add(
                    LintRule.UNDEFINED_VAR,
                    instruction,
                    "Usage of undefined variable '$%s'%s".formatted(name, suggestion));
        }
    }
}
