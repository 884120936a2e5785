package io.metalimages.dockerfile.parse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.dockerfile.SourceRange;
import io.metalimages.dockerfile.syntax.Command;
import io.metalimages.dockerfile.syntax.Dockerfile;
import io.metalimages.dockerfile.syntax.Instruction;
import io.metalimages.dockerfile.syntax.ParserDirectives;
import io.metalimages.dockerfile.syntax.Source;
import io.metalimages.dockerfile.syntax.Stage;
import io.metalimages.dockerfile.syntax.Transfer;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** How a file divides into lines, directives, arguments and stages. */
class DockerfileTest {

    private static final String TWO_STAGES = """
            # Copyright somebody.

            ARG RELEASE=bookworm
            ARG REGISTRY MIRROR="a b"
            FROM --platform=$BUILDPLATFORM debian:${RELEASE} AS Builder
            RUN make \\
                # not part of the command
                install

            FROM scratch
            COPY --from=builder /out /
            """;

    private static Dockerfile parse(String text) {
        return DockerfileParser.parse("Dockerfile", text);
    }

    private static Instruction first(String instruction) {
        return parse("FROM scratch\n" + instruction)
                .stages()
                .getFirst()
                .instructions()
                .getFirst();
    }

    private static String shellLine(Instruction instruction) {
        assertThat(instruction).isInstanceOf(Instruction.Run.class);
        Command command = ((Instruction.Run) instruction).command();
        assertThat(command).isInstanceOf(Command.Shell.class);
        return ((Command.Shell) command).line();
    }

    @Test
    void argumentsBeforeTheFirstStageAreGlobal() {
        Dockerfile dockerfile = parse(TWO_STAGES);

        assertThat(dockerfile.globalArguments())
                .flatExtracting(Instruction.Arg::declarations)
                .containsExactly(
                        new Instruction.Arg.Declaration("RELEASE", Optional.of("bookworm")),
                        new Instruction.Arg.Declaration("REGISTRY", Optional.empty()),
                        new Instruction.Arg.Declaration("MIRROR", Optional.of("\"a b\"")));
        assertThat(dockerfile.stages()).extracting(Stage::index).containsExactly(0, 1);
    }

    @Test
    void stageIsFoundByNameInAnyCaseAndByIndex() {
        Dockerfile dockerfile = parse(TWO_STAGES);
        Stage builder = dockerfile.stages().get(0);

        assertThat(builder.name()).contains("builder");
        assertThat(builder.from().platform()).contains("$BUILDPLATFORM");
        assertThat(builder.from().image()).isEqualTo("debian:${RELEASE}");
        assertThat(dockerfile.stage("BUILDER")).contains(builder);
        assertThat(dockerfile.stage("0")).contains(builder);
        assertThat(dockerfile.stage("1")).contains(dockerfile.stages().get(1));
        assertThat(dockerfile.stage("2")).isEmpty();
        assertThat(dockerfile.stage("99999999999999999999")).isEmpty();
        assertThat(dockerfile.stage("-1")).isEmpty();
        assertThat(dockerfile.stage("")).isEmpty();
        assertThat(dockerfile.stage("nobody")).isEmpty();
    }

    @Test
    void instructionKnowsItsLinesAndItsText() {
        Source source =
                parse(TWO_STAGES).stages().getFirst().instructions().getFirst().source();

        assertThat(source.range()).isEqualTo(new SourceRange("Dockerfile", 6, 8));
        assertThat(source.text()).isEqualTo("RUN make \\\n    # not part of the command\n    install");
        assertThat(source.logicalLine()).isEqualTo("RUN make     install");
    }

    @Test
    void heredocBelongsToTheLinesOfItsInstruction() {
        Source source = first("RUN <<EOF\necho 1\nEOF\nRUN true").source();

        assertThat(source.range()).isEqualTo(new SourceRange("Dockerfile", 2, 4));
        assertThat(source.text()).isEqualTo("RUN <<EOF\necho 1\nEOF");
        assertThat(source.logicalLine()).isEqualTo("RUN <<EOF");
    }

    @Test
    void linesThatFollowAContinuationInVainDontCount() {
        Source source = first("RUN true \\\n# nothing follows\n\n").source();

        assertThat(source.range()).isEqualTo(new SourceRange("Dockerfile", 2, 2));
        assertThat(source.text()).isEqualTo("RUN true \\");
    }

    @Test
    void directivesAreReadFromTheTop() {
        ParserDirectives directives = parse(
                        "#  SyntaX = docker/dockerfile:1 \n#escape=`\n# check=skip=all;error=true\nFROM scratch")
                .directives();

        assertThat(directives)
                .isEqualTo(new ParserDirectives(
                        Optional.of("docker/dockerfile:1"), '`', Optional.of("skip=all;error=true")));
    }

    @Test
    void directivesEndAtTheFirstLineThatIsNone() {
        ParserDirectives none = new ParserDirectives(Optional.empty(), '\\', Optional.empty());

        assertThat(List.of(
                        "# a comment\n# escape=`\nFROM scratch",
                        "\n# escape=`\nFROM scratch",
                        "# unknown=1\n# escape=`\nFROM scratch",
                        "#!/usr/bin/env docker\n# escape=`\nFROM scratch",
                        "# escape=\nFROM scratch",
                        "FROM scratch\n# escape=`"))
                .allSatisfy(text -> assertThat(parse(text).directives()).isEqualTo(none));
    }

    @Test
    void backtickEscapesIfTheDirectiveSaysSo() {
        Dockerfile dockerfile = parse("# escape=`\nFROM scratch\nRUN dir `\n  C:\\");

        assertThat(shellLine(dockerfile.stages().getFirst().instructions().getFirst()))
                .isEqualTo("dir   C:\\");
    }

    @Test
    void continuationEndsOnlyAtAnEscapeThatIsNotEscaped() {
        assertThat(shellLine(first("RUN a\\\nb"))).isEqualTo("ab");
        assertThat(shellLine(first("RUN a \\  \t\n b"))).isEqualTo("a  b");
        assertThat(shellLine(first("RUN a \\\n\n  # comment\n\\\nb"))).isEqualTo("a b");
        assertThat(shellLine(first("RUN a \\"))).isEqualTo("a");
        assertThat(shellLine(first("RUN a\\\\\nRUN b"))).isEqualTo("a\\\\");
        assertThat(shellLine(first("\\\nRUN a"))).isEqualTo("a");
        assertThat(shellLine(first("R\\\nUN a"))).isEqualTo("a");
    }

    @Test
    void commentIsALineOfItsOwn() {
        assertThat(shellLine(first("   # comment \\\nRUN echo # 1"))).isEqualTo("echo # 1");
    }

    @Test
    void byteOrderMarkAndWindowsLineEndsDontMatter() {
        Dockerfile dockerfile = parse("\uFEFF# escape=`\r\nFROM scratch\r\n\r\nRUN a `\r\n# c\r\n b\r\n");

        assertThat(dockerfile.directives().escape()).isEqualTo('`');
        Instruction run = dockerfile.stages().getFirst().instructions().getFirst();
        assertThat(shellLine(run)).isEqualTo("a  b");
        assertThat(run.source().range()).isEqualTo(new SourceRange("Dockerfile", 4, 6));
        assertThat(run.source().text()).isEqualTo("RUN a `\r\n# c\r\n b");
    }

    @Test
    void keywordsAndFlagsMayStandAmongAnyBlanks() {
        assertThat(first("\t copy \t --link\t--from=0  a \t b  "))
                .isInstanceOfSatisfying(Instruction.Copy.class, copy -> {
                    assertThat(copy.from()).contains("0");
                    assertThat(copy.transfer().link()).isTrue();
                    assertThat(copy.transfer().sources()).containsExactly(new Transfer.Origin.Named("a"));
                    assertThat(copy.transfer().destination()).isEqualTo("b");
                });
    }

    @Test
    void triggerOfABaseImageIsReadBack() {
        Instruction instruction = first("ONBUILD COPY <<A <<-B /x\n1\nA\n\t2\nB\n");
        assertThat(instruction).isInstanceOf(Instruction.OnBuild.class);
        Instruction trigger = ((Instruction.OnBuild) instruction).trigger();
        assertThat(trigger.source().range()).isEqualTo(new SourceRange("Dockerfile", 2, 6));

        Instruction again = DockerfileParser.parseTrigger(
                "ONBUILD of base", trigger.source().text());

        assertThat(again)
                .isInstanceOfSatisfying(
                        Instruction.Copy.class,
                        copy -> assertThat(copy.transfer()).isEqualTo(((Instruction.Copy) trigger).transfer()));
        assertThat(again.source().range().file()).isEqualTo("ONBUILD of base");
    }

    @Test
    void triggerIsExactlyOneInstructionThatMayBeOne() {
        assertThatThrownBy(() -> DockerfileParser.parseTrigger("base", "RUN a\nRUN b"))
                .isInstanceOf(DockerfileException.class)
                .hasMessage("base:1: An ONBUILD trigger is one instruction, but there are 2.");
        assertThatThrownBy(() -> DockerfileParser.parseTrigger("base", "FROM b"))
                .isInstanceOf(DockerfileException.class)
                .hasMessage("base:1: FROM can't be the trigger of ONBUILD.");
    }
}
