package io.metalimages.build.lint;

import io.metalimages.common.FaultException;
import io.metalimages.dockerfile.Suggestion;
import io.metalimages.dockerfile.syntax.Dockerfile;
import io.metalimages.dockerfile.syntax.Instruction;
import io.metalimages.dockerfile.syntax.Stage;
import io.metalimages.dockerfile.words.Expansion;
import io.metalimages.registry.ImageReference;
import java.util.Optional;
import java.util.Set;

/** What can be told from what stages start from. */
final class BaseRules {

    private static final String TARGET_PLATFORM = "TARGETPLATFORM";

    private final Dockerfile dockerfile;
    private final GlobalArguments arguments;
    private final Findings findings;

    BaseRules(Dockerfile dockerfile, GlobalArguments arguments, Findings findings) {
        this.dockerfile = dockerfile;
        this.arguments = arguments;
        this.findings = findings;
    }

    void check() {
        for (Stage stage : dockerfile.stages()) {
            Instruction.From from = stage.from();
            undeclared(from.image(), from);
            from.platform().ifPresent(platform -> {
                undeclared(platform, from);
                arguments.expand(platform, from).ifPresent(expansion -> platform(platform, expansion, from));
            });
            arguments
                    .expandDefaults(from.image(), from)
                    .map(Expansion::text)
                    .filter(name -> !isImage(name))
                    .ifPresent(name -> findings.add(
                            LintRule.INVALID_DEFAULT_ARG_IN_FROM,
                            from,
                            "Default value for ARG %s results in empty or invalid base image name"
                                    .formatted(from.image())));
        }
    }

    private void undeclared(String word, Instruction.From from) {
        Optional<Expansion> expansion = arguments.expand(word, from);
        for (String name : expansion.map(Expansion::undefined).orElse(Set.of())) {
            if (!arguments.isDeclared(name)) {
                String suggestion = Suggestion.to(name, arguments.names())
                        .map(other -> " (did you mean " + other + "?)")
                        .orElse("");
                findings.add(
                        LintRule.UNDEFINED_ARG_IN_FROM,
                        from,
                        "FROM argument '%s' is not declared%s".formatted(name, suggestion));
            }
        }
    }

    private void platform(String written, Expansion expansion, Instruction.From from) {
        boolean constant = expansion.used().isEmpty() && expansion.undefined().isEmpty();
        if (constant) {
            constantPlatform(expansion.text(), from);
        } else if (expansion.used().equals(Set.of(TARGET_PLATFORM))
                && expansion.undefined().isEmpty()
                && arguments.value(TARGET_PLATFORM).equals(Optional.of(expansion.text()))) {
            findings.add(
                    LintRule.REDUNDANT_TARGET_PLATFORM,
                    from,
                    "Setting platform to predefined %s in FROM is redundant as this is the default behavior"
                            .formatted(written));
        }
    }

    /** A stage that bears the platform's name is meant for it. */
    private void constantPlatform(String platform, Instruction.From from) {
        String[] parts = platform.split("/", -1);
        String name = from.name().orElse("");
        for (String part : parts.length > 1 ? new String[] {parts[0], parts[1]} : parts) {
            if (part.isEmpty() || name.contains(part)) {
                return;
            }
        }
        findings.add(
                LintRule.FROM_PLATFORM_FLAG_CONST_DISALLOWED,
                from,
                "FROM --platform flag should not use constant value \"%s\"".formatted(platform));
    }

    private static boolean isImage(String name) {
        try {
            ImageReference.parseFamiliar(name);
            return true;
        } catch (FaultException wrong) {
            return false;
        }
    }
}
