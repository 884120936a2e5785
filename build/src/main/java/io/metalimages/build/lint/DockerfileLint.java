package io.metalimages.build.lint;

import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.dockerfile.SourceRange;
import io.metalimages.dockerfile.syntax.Dockerfile;
import java.util.Locale;

/** Looks for all that the {@linkplain LintRule rules} are about. */
public final class DockerfileLint {

    /** The build argument that takes the place of the directive. */
    private static final String ARGUMENT = "BUILDKIT_DOCKERFILE_CHECK";

    private DockerfileLint() {}

    /**
     * Looks at all stages.
     *
     * @throws DockerfileException if the directive is wrong
     */
    public static LintResult check(Dockerfile dockerfile, LintContext context) {
        Findings findings = new Findings(dockerfile.text(), options(dockerfile, context));
        GlobalArguments arguments = new GlobalArguments(dockerfile, context);
        new StyleRules(findings).check(dockerfile);
        new BaseRules(dockerfile, arguments, findings).check();
        new VariableRules(dockerfile, arguments, context, findings).check();
        new MachineRules(dockerfile, arguments, context, findings).check();
        return findings.result();
    }

    private static LintOptions options(Dockerfile dockerfile, LintContext context) {
        String given = context.buildArguments().get(ARGUMENT);
        if (given != null) {
            return LintOptions.parse(given, SourceRange.line(dockerfile.file(), 1));
        }
        return dockerfile
                .directives()
                .check()
                .map(value -> LintOptions.parse(
                        value, SourceRange.line(dockerfile.file(), lineOfDirective(dockerfile.text()))))
                .orElse(LintOptions.USUAL);
    }

    private static int lineOfDirective(String text) {
        int number = 0;
        for (String line : text.lines().toList()) {
            number++;
            if (line.toLowerCase(Locale.ROOT).matches("\\s*#\\s*check\\s*=.*")) {
                return number;
            }
        }
        return 1;
    }
}
