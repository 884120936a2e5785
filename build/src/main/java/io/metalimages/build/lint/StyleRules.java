package io.metalimages.build.lint;

import io.metalimages.dockerfile.SourceRange;
import io.metalimages.dockerfile.WhiteSpace;
import io.metalimages.dockerfile.syntax.Command;
import io.metalimages.dockerfile.syntax.Dockerfile;
import io.metalimages.dockerfile.syntax.Instruction;
import io.metalimages.dockerfile.syntax.Stage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** What can be told from how the instructions are written, without the values of variables. */
final class StyleRules {

    private static final Set<String> RESERVED = Set.of("context", "scratch");
    private static final int STAGE_NAME = 3;

    private final Findings findings;

    StyleRules(Findings findings) {
        this.findings = findings;
    }

    void check(Dockerfile dockerfile) {
        List<Instruction> inStages = dockerfile.stages().stream()
                .flatMap(stage -> Stream.concat(Stream.of(stage.from()), stage.instructions().stream()))
                .toList();
        Stream.concat(dockerfile.globalArguments().stream(), inStages.stream())
                .forEach(instruction ->
                        instruction(instruction, dockerfile.directives().escape()));
        casing(inStages);
        Set<Integer> withShell = new HashSet<>();
        for (Stage stage : dockerfile.stages()) {
            stageName(stage.from());
            dockerfile
                    .stage(stage.from().image())
                    .filter(parent -> withShell.contains(parent.index()))
                    .ifPresent(parent -> withShell.add(stage.index()));
            commands(stage, withShell);
        }
    }

    private void instruction(Instruction instruction, char escape) {
        emptyContinuation(instruction, escape);
        switch (instruction) {
            case Instruction.Maintainer maintainer ->
                findings.add(
                        LintRule.MAINTAINER_DEPRECATED,
                        maintainer,
                        "Maintainer instruction is deprecated in favor of using label");
            case Instruction.Env env -> legacyFormat(env, env.assignments());
            case Instruction.Label label -> legacyFormat(label, label.assignments());
            case Instruction.Arg arg ->
                description(
                        arg,
                        "ARG",
                        arg.declarations().stream()
                                .map(Instruction.Arg.Declaration::name)
                                .toList());
            case Instruction.From from -> from.name().ifPresent(name -> description(from, "FROM", List.of(name)));
            default -> {}
        }
    }

    /** A comment may stand between continued lines, an empty line should not. */
    private void emptyContinuation(Instruction instruction, char escape) {
        List<String> lines = instruction.source().text().lines().toList();
        boolean continues = true;
        boolean empty = false;
        int line = 0;
        while (continues && line < lines.size()) {
            String text = WhiteSpace.strip(lines.get(line));
            empty |= text.isEmpty();
            if (!text.isEmpty() && !text.startsWith("#")) {
                continues = text.charAt(text.length() - 1) == escape;
            }
            line++;
        }
        if (empty) {
            SourceRange range = instruction.source().range();
            findings.add(
                    LintRule.NO_EMPTY_CONTINUATION,
                    SourceRange.line(range.file(), range.firstLine() + line - 1),
                    "Empty continuation line");
        }
    }

    private void legacyFormat(Instruction instruction, List<Instruction.Assignment> assignments) {
        String keyword = keyword(instruction);
        String rest = WhiteSpace.strip(instruction.source().logicalLine().substring(keyword.length()));
        String name = assignments.getFirst().name();
        if (assignments.size() == 1
                && rest.startsWith(name)
                && rest.length() > name.length()
                && WhiteSpace.isBlank(rest.charAt(name.length()))) {
            findings.add(
                    LintRule.LEGACY_KEY_VALUE_FORMAT,
                    instruction,
                    "\"%1$s key=value\" should be used instead of legacy \"%1$s key value\" format".formatted(keyword));
        }
    }

    private void description(Instruction instruction, String keyword, List<String> names) {
        List<String> comments = findings.commentsAbove(instruction.source().range());
        if (!comments.isEmpty()
                && !comments.getLast().isEmpty()
                && !names.contains(comments.getLast().split(" ", 2)[0])) {
            findings.add(
                    LintRule.INVALID_DEFINITION_DESCRIPTION,
                    instruction,
                    "Comment for %s should follow the format: `# %s <description>`"
                            .formatted(keyword, names.size() > 1 ? "<arg_key>" : names.getFirst()));
        }
    }

    private static String keyword(Instruction instruction) {
        return instruction.source().logicalLine().split("\\s", 2)[0];
    }

    private void casing(List<Instruction> instructions) {
        long lower = instructions.stream()
                .filter(instruction -> isLower(keyword(instruction)))
                .count();
        long upper = instructions.stream()
                .filter(instruction -> isUpper(keyword(instruction)))
                .count();
        boolean wantsLower = lower > upper;
        for (Instruction instruction : instructions) {
            String keyword = keyword(instruction);
            if (wantsLower ? !isLower(keyword) : !isUpper(keyword)) {
                findings.add(
                        LintRule.CONSISTENT_INSTRUCTION_CASING,
                        instruction,
                        "Command '%s' should match the case of the command majority (%s)"
                                .formatted(keyword, wantsLower ? "lowercase" : "uppercase"));
            }
        }
    }

    private static boolean isLower(String word) {
        return word.equals(word.toLowerCase(Locale.ROOT));
    }

    private static boolean isUpper(String word) {
        return word.equals(word.toUpperCase(Locale.ROOT));
    }

    private void stageName(Instruction.From from) {
        if (from.name().isEmpty()) {
            return;
        }
        List<String> words = Stream.of(from.source().logicalLine().split("\\s+"))
                .filter(word -> !word.startsWith("--"))
                .toList();
        String name = words.get(STAGE_NAME);
        if (!isLower(name)) {
            findings.add(LintRule.STAGE_NAME_CASING, from, "Stage name '%s' should be lowercase".formatted(name));
        }
        String keyword = words.getFirst();
        String as = words.get(2);
        boolean matches = isLower(keyword) ? isLower(as) : !isUpper(keyword) || isUpper(as);
        if (!matches) {
            findings.add(
                    LintRule.FROM_AS_CASING,
                    from,
                    "'%s' and '%s' keywords' casing do not match".formatted(as, keyword));
        }
        if (RESERVED.contains(from.name().get())) {
            findings.add(
                    LintRule.RESERVED_STAGE_NAME,
                    from,
                    "Stage name should not use the same name as reserved stage \"%s\""
                            .formatted(from.name().get()));
        }
    }

    /** @param withShell the stages whose shell a {@code SHELL} has set */
    private void commands(Stage stage, Set<Integer> withShell) {
        Map<String, Instruction> earlier = new HashMap<>();
        for (Instruction instruction : stage.instructions()) {
            switch (instruction) {
                case Instruction.Shell shell -> withShell.add(stage.index());
                case Instruction.Cmd cmd -> {
                    once("CMD", cmd, earlier);
                    jsonArguments(cmd, cmd.command(), withShell.contains(stage.index()));
                }
                case Instruction.Entrypoint entrypoint -> {
                    once("ENTRYPOINT", entrypoint, earlier);
                    jsonArguments(entrypoint, entrypoint.command(), withShell.contains(stage.index()));
                }
                case Instruction.HealthCheck healthCheck -> once("HEALTHCHECK", healthCheck, earlier);
                case Instruction.Expose expose -> ports(expose);
                default -> {}
            }
        }
    }

    /** The one before is reported, as that is the one that does not count. */
    private void once(String keyword, Instruction instruction, Map<String, Instruction> earlier) {
        Instruction before = earlier.put(keyword, instruction);
        if (before != null) {
            findings.add(
                    LintRule.MULTIPLE_INSTRUCTIONS_DISALLOWED,
                    before,
                    "Multiple %s instructions should not be used in the same stage because only the last one will be used"
                            .formatted(keyword(instruction)));
        }
    }

    private void jsonArguments(Instruction instruction, Command command, boolean shellIsSet) {
        if (!shellIsSet && !(command instanceof Command.Exec)) {
            findings.add(
                    LintRule.JSON_ARGS_RECOMMENDED,
                    instruction,
                    "JSON arguments recommended for %s to prevent unintended behavior related to OS signals"
                            .formatted(keyword(instruction)));
        }
    }

    /** Ports as they are written: what a variable holds is not looked at. */
    private void ports(Instruction.Expose expose) {
        List<String> written = new ArrayList<>(expose.ports());
        written.removeIf(port -> port.indexOf('$') >= 0);
        for (String port : written) {
            int slash = port.indexOf('/');
            if (slash >= 0 && !isLower(port.substring(slash + 1))) {
                findings.add(
                        LintRule.EXPOSE_PROTO_CASING,
                        expose,
                        "Defined protocol '%s' in EXPOSE instruction should be lowercase".formatted(port));
            }
            if (port.indexOf(':') >= 0) {
                findings.add(
                        LintRule.EXPOSE_INVALID_FORMAT,
                        expose,
                        "EXPOSE instruction should not define an IP address or host-port mapping, found '%s'"
                                .formatted(port));
            }
        }
    }
}
