package io.metalimages.dockerfile.parse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.dockerfile.SourceRange;
import io.metalimages.dockerfile.syntax.Command;
import io.metalimages.dockerfile.syntax.Dockerfile;
import io.metalimages.dockerfile.syntax.Heredoc;
import io.metalimages.dockerfile.syntax.Instruction;
import io.metalimages.dockerfile.syntax.Transfer;
import io.metalimages.dockerfile.words.WordExpander;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Here-documents of {@code RUN}, {@code COPY} and {@code ADD}. */
class HeredocTest {

    private static Instruction parse(String lines) {
        List<Instruction> instructions = DockerfileParser.parse("Dockerfile", "FROM scratch\n" + lines)
                .stages()
                .getFirst()
                .instructions();
        assertThat(instructions).hasSize(1);
        return instructions.getFirst();
    }

    private static Command command(String lines) {
        Instruction instruction = parse(lines);
        assertThat(instruction).isInstanceOf(Instruction.Run.class);
        return ((Instruction.Run) instruction).command();
    }

    private static List<Heredoc> copied(String lines) {
        Instruction instruction = parse(lines);
        assertThat(instruction).isInstanceOf(Instruction.Copy.class);
        List<Heredoc> heredocs = new ArrayList<>();
        for (Transfer.Origin origin :
                ((Instruction.Copy) instruction).transfer().sources()) {
            if (origin instanceof Transfer.Origin.Inline(Heredoc heredoc)) {
                heredocs.add(heredoc);
            }
        }
        return heredocs;
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "<<EOF           | EOF      | true",
                "3<<EOF          | EOF      | true",
                "<<'EOF'         | EOF      | false",
                "<<\"EOF\"       | EOF      | false",
                "<<EO\"F\"       | EOF      | false",
                "<<eo\\'f        | eo'f     | true",
                "<<'e'o\\'f      | eo'f     | false",
                "<<'one two'     | one two  | false",
                "<<$EOF          | $EOF     | true",
                "<<${EOF}        | ${EOF}   | true",
                "<<file.txt      | file.txt | true",
                "<<  EOF         | EOF      | true",
                "<< -EOF         | -EOF     | true",
            })
    void markerGivesTheNameAndWhetherToExpand(String marker, String name, boolean expand) {
        assertThat(command("RUN " + marker + "\n# a\n\tb $c\n" + name + "\n"))
                .isEqualTo(new Command.Script(new Heredoc(name, "# a\n\tb $c\n", expand, false)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"<<-EOF", "<<-'EOF'", "<<-E\"O\"F"})
    void dashStripsTabsFromContentAndEnd(String marker) {
        assertThat(command("RUN " + marker + "\n\t\ta\n\n \tb\tc\n\t\tEOF\n"))
                .isInstanceOfSatisfying(Command.Script.class, script -> {
                    assertThat(script.heredoc().content()).isEqualTo("\t\ta\n\n \tb\tc\n");
                    assertThat(script.heredoc().body()).isEqualTo("a\n\n \tb\tc\n");
                });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "RUN '<<EOF'",
                "RUN \"<<EOF\"",
                "RUN \\<<EOF",
                "RUN [\"<<EOF\"]",
                "RUN cat <<<EOF",
                "RUN cat <EOF",
                "RUN echo $((1<<2))",
                "RUN echo x<<EOF",
                "RUN echo << ",
                "RUN echo <<-",
                "RUN echo <<- EOF",
                "RUN echo ${x^^} <<EOF",
                "RUN echo \" <<EOF",
                "USER <<EOF",
                "CMD <<EOF",
                "ONBUILD USER <<EOF",
                "COPY [\"<<EOF\", \"/x\"]",
            })
    void otherArrowsOpenNone(String line) {
        Dockerfile dockerfile = DockerfileParser.parse("Dockerfile", "FROM scratch\n" + line + "\nUSER nobody");

        assertThat(dockerfile.stages().getFirst().instructions()).hasSize(2);
    }

    @Test
    void commandWithHeredocsIsLeftToTheShell() {
        Command command = command("RUN <<A cat - <<-'B' > /x\na\nA\n\tb\nB\n");

        assertThat(command)
                .isEqualTo(new Command.Shell(
                        "<<A cat - <<-'B' > /x",
                        List.of(new Heredoc("A", "a\n", true, false), new Heredoc("B", "\tb\n", false, true))));
        assertThat(((Command.Shell) command).script()).isEqualTo("<<A cat - <<-'B' > /x\na\nA\n\tb\nB");
    }

    @Test
    void scriptMayNameItsInterpreter() {
        assertThat(command("RUN --network=none <<EOF\n#!/usr/bin/env python3\nprint(1)\nEOF"))
                .isInstanceOfSatisfying(
                        Command.Script.class,
                        script -> assertThat(script.hasInterpreter()).isTrue());
        assertThat(command("RUN <<EOF\nEOF"))
                .isInstanceOfSatisfying(
                        Command.Script.class,
                        script -> assertThat(script.hasInterpreter()).isFalse());
    }

    @Test
    void copyTakesSeveralAndKeepsTheirOrder() {
        Instruction.Copy copy = (Instruction.Copy) parse("COPY a <<X b <<'Y' /d/\nY\nX\nX\nY\n");

        assertThat(copy.transfer().sources())
                .containsExactly(
                        new Transfer.Origin.Named("a"),
                        new Transfer.Origin.Inline(new Heredoc("X", "Y\n", true, false)),
                        new Transfer.Origin.Named("b"),
                        new Transfer.Origin.Inline(new Heredoc("Y", "X\n", false, false)));
        assertThat(copy.transfer().destination()).isEqualTo("/d/");
    }

    @Test
    void twoOfTheSameNameAreTwo() {
        assertThat(copied("COPY <<A <<A /d/\n1\nA\n2\nA\n"))
                .extracting(Heredoc::content)
                .containsExactly("1\n", "2\n");
    }

    @Test
    void addTakesThemToo() {
        assertThat(parse("ADD <<A /d\n1\nA"))
                .isInstanceOfSatisfying(
                        Instruction.Add.class,
                        add -> assertThat(add.transfer().sources())
                                .containsExactly(new Transfer.Origin.Inline(new Heredoc("A", "1\n", true, false))));
    }

    @Test
    void endIsALineThatHoldsNothingElse() {
        assertThat(copied("COPY <<EOF /d\nEOF \n EOF\n\tEOF\nEOFEOF\nEOF\r\n"))
                .extracting(Heredoc::content)
                .containsExactly("EOF \n EOF\n\tEOF\nEOFEOF\n");
    }

    @Test
    void contentKeepsItsLineEnds() {
        assertThat(copied("COPY <<EOF /d\r\na\\\r\n\r\nb\nEOF"))
                .extracting(Heredoc::content)
                .containsExactly("a\\\r\n\r\nb\n");
    }

    @Test
    void markerMayStandOnAContinuedLine() {
        assertThat(command("RUN --mount=target=/x \\\n  # comment\n  <<EOF\na\nEOF\n"))
                .isEqualTo(new Command.Script(new Heredoc("EOF", "a\n", true, false)));
    }

    @Test
    void openEndIsReportedWithTheLineWhereItBegins() {
        assertThatThrownBy(() -> parse("RUN <<EOF\necho 1\nEOF \n"))
                .isInstanceOfSatisfying(DockerfileException.class, fault -> {
                    assertThat(fault).hasMessage("Dockerfile:2: The here-document \"EOF\" has no end.");
                    assertThat(fault.hint()).contains("holds nothing but EOF");
                });
    }

    @Test
    void bodyIsExpandedWithQuotesAsTheyAre() {
        WordExpander expander = new WordExpander('`', name -> Optional.of("<" + name + ">"));

        assertThat(expander.expandHeredoc("\"$a\" '$b' \\$c `$d\n", new SourceRange("Dockerfile", 1, 1))
                        .text())
                .isEqualTo("\"<a>\" '<b>' $c `<d>\n");
    }
}
