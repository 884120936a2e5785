package io.metalimages.dockerfile.parse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.dockerfile.SourceRange;
import io.metalimages.dockerfile.patterns.IgnoreFile;
import io.metalimages.dockerfile.patterns.PathPattern;
import io.metalimages.dockerfile.syntax.Command;
import io.metalimages.dockerfile.syntax.Dockerfile;
import io.metalimages.dockerfile.syntax.Instruction;
import io.metalimages.dockerfile.words.WordExpander;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Text that nobody would write who wants an image. Work that is not in proportion to it would not end. */
class HostileInputTest {

    private static final int MILLION = 1_000_000;
    private static final int ROUNDS = 5_000;

    private static final SourceRange RANGE = new SourceRange("Dockerfile", 1, 1);

    /** What faults like to hide behind. */
    private static final List<String> PIECES = List.of(
            "FROM scratch\n",
            "FROM a AS b\n",
            "RUN ",
            "COPY ",
            "ADD ",
            "ENV ",
            "ARG ",
            "HEALTHCHECK ",
            "ONBUILD ",
            "SHELL ",
            "VOLUME ",
            "EXPOSE ",
            "--mount=",
            "--from=",
            "--",
            "type=cache,target=",
            "<<",
            "<<-",
            "EOF",
            "\nEOF\n",
            "[\"",
            "\"]",
            "\\",
            "`",
            "'",
            "\"",
            "${",
            "}",
            "$a",
            ":-",
            "#",
            "# escape=`\n",
            "=",
            ",",
            " ",
            "\t",
            "\n",
            "\r\n",
            "\\\n",
            "\uFEFF",
            "\u00A0",
            "\uD83D",
            "🚀",
            "\u001b[0m",
            "a",
            "1");

    private static String randomText(Random random) {
        if (random.nextInt(4) == 0) {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            return "FROM scratch\n" + new String(bytes, StandardCharsets.ISO_8859_1);
        }
        StringBuilder text = new StringBuilder(random.nextInt(8) == 0 ? "" : "FROM scratch\n");
        for (int piece = random.nextInt(30); piece >= 0; piece--) {
            text.append(PIECES.get(random.nextInt(PIECES.size())));
        }
        return text.toString();
    }

    @Test
    void anyTextIsADockerfileOrADockerfileException() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int accepted = 0;
        for (int round = 0; round < ROUNDS; round++) {
            String text = randomText(random);
            try {
                Dockerfile dockerfile = DockerfileParser.parse("Dockerfile", text);
                assertThat(dockerfile.stages()).isNotEmpty();
                accepted++;
            } catch (DockerfileException fault) {
                assertThat(fault.range().lastLine())
                        .as("seed %d: %s", seed, text)
                        .isLessThanOrEqualTo((int) text.lines().count() + 1);
                assertThat(fault.hint()).as("seed %d: %s", seed, text).isNotBlank();
            } catch (RuntimeException | Error failure) {
                throw new AssertionError("seed " + seed + ": " + text, failure);
            }
        }
        assertThat(accepted).as("seed %d", seed).isPositive();
    }

    @Test
    void anyTextIsAWordAMountAPatternOrADockerfileException() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        WordExpander expander = new WordExpander('\\', name -> Optional.of("*" + name));
        for (int round = 0; round < ROUNDS; round++) {
            String text = randomText(random);
            List<Runnable> readers = List.of(
                    () -> expander.expand(text, RANGE),
                    () -> expander.expandHeredoc(text, RANGE),
                    () -> MountParser.parse(text, UnaryOperator.identity(), RANGE),
                    () -> PathPattern.parse(text, RANGE).matches(text),
                    () -> IgnoreFile.parse(".dockerignore", text).excludesWithContents(text),
                    () -> DockerfileParser.parseTrigger("base", text));
            for (Runnable reader : readers) {
                try {
                    reader.run();
                } catch (DockerfileException fault) {
                    assertThat(fault.problem()).as("seed %d: %s", seed, text).isNotBlank();
                } catch (RuntimeException | Error failure) {
                    throw new AssertionError("seed " + seed + ": " + text, failure);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x",
                " ",
                "\t",
                "\"",
                "'",
                "\\",
                "\\\n",
                "#",
                "#\n",
                "\n",
                "\r",
                "<<",
                "<<A ",
                "${",
                "${a:-",
                "$a",
                "[",
                "{\"a\":",
                "[\"a\",",
                "--",
                "-- ",
                "--a=b ",
                "a=b ",
                "=",
                ",",
                "ONBUILD ",
                "RUN \\\n",
                "RUN true\n",
                "FROM a AS b\n",
                "# syntax = ",
                "\u2003",
            })
    void oneThingAMillionTimesIsReadOrRefused(String piece) {
        for (String prefix : List.of(
                "",
                "# syntax=",
                "FROM ",
                "FROM scratch\nRUN ",
                "FROM scratch\nRUN [",
                "FROM scratch\nRUN <<A ",
                "FROM scratch\nRUN --mount=",
                "FROM scratch\nRUN --mount=type=cache,target=$a,",
                "FROM scratch\nCOPY --from=",
                "FROM scratch\nCOPY ",
                "FROM scratch\nENV a=",
                "FROM scratch\nENV a ",
                "FROM scratch\nHEALTHCHECK --interval=",
                "FROM scratch\nONBUILD ")) {
            String text = prefix + piece.repeat(MILLION / piece.length());
            try {
                assertThat(DockerfileParser.parse("Dockerfile", text).stages()).isNotEmpty();
            } catch (DockerfileException fault) {
                assertThat(fault.getMessage()).hasSizeLessThan(400);
                assertThat(fault.hint()).hasSizeLessThan(400);
            }
        }
    }

    @Test
    void lineOfAMillionCharactersIsKept() {
        String argument = "x".repeat(MILLION);

        Dockerfile dockerfile = DockerfileParser.parse("Dockerfile", "FROM scratch\nUSER " + argument);

        assertThat(dockerfile.stages().getFirst().instructions().getFirst())
                .isInstanceOfSatisfying(
                        Instruction.User.class, user -> assertThat(user.user()).isEqualTo(argument));
    }

    @Test
    void millionInstructionsAreKept() {
        Dockerfile dockerfile = DockerfileParser.parse("Dockerfile", "FROM scratch\n" + "USER a\n".repeat(MILLION));

        assertThat(dockerfile.stages().getFirst().instructions()).hasSize(MILLION);
    }

    @Test
    void deepJsonIsNoJson() {
        String deep = "[".repeat(MILLION);

        assertThat(DockerfileParser.parse("Dockerfile", "FROM scratch\nCMD " + deep)
                        .stages()
                        .getFirst()
                        .instructions()
                        .getFirst())
                .isInstanceOfSatisfying(
                        Instruction.Cmd.class,
                        cmd -> assertThat(cmd.command()).isEqualTo(new Command.Shell(deep, List.of())));
    }

    @Test
    void nulIsReportedWithItsLine() {
        assertThatThrownBy(() -> DockerfileParser.parse("Dockerfile", "FROM a\n\n#\0"))
                .isInstanceOf(DockerfileException.class)
                .hasMessage("Dockerfile:3: There is a NUL character, so this is not plain text.");
    }

    @Test
    void messageShowsForeignTextWithoutControlCharacters() {
        assertThatThrownBy(
                        () -> DockerfileParser.parse("Dockerfile", "FROM a\n\u001b]0;x\u0007\u202e" + "y".repeat(500)))
                .isInstanceOfSatisfying(
                        DockerfileException.class,
                        fault -> assertThat(fault.problem())
                                .startsWith("There is no instruction \"\uFFFD]0;x\uFFFD\uFFFDyyy")
                                .endsWith("y…\"."));
    }
}
