package io.metalimages.dockerfile.parse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.dockerfile.DockerfileException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is wrong with a file, where, and what to do about it. */
class DockerfileErrorTest {

    /** A faulty line in a file that is right otherwise. */
    private static Arguments line(String line, String problem, String hint) {
        return Arguments.of("FROM scratch AS first\n\n" + line + "\nUSER nobody\n", 3, problem, hint);
    }

    private static Arguments file(String text, int line, String problem, String hint) {
        return Arguments.of(text, line, problem, hint);
    }

    static Stream<Arguments> faults() {
        return Stream.of(
                line("RUNN make", "There is no instruction \"RUNN\".", "Did you mean RUN?"),
                line("rnu make", "There is no instruction \"rnu\".", "Did you mean RUN?"),
                line("COYP a b", "There is no instruction \"COYP\".", "Did you mean COPY?"),
                line("ENTRYPOITN a", "There is no instruction \"ENTRYPOITN\".", "Did you mean ENTRYPOINT?"),
                line("apt-get install", "There is no instruction \"apt-get\".", "Use one of ADD, ARG,"),
                line("R\u001b[31mUN x", "There is no instruction \"R\uFFFD[31mUN\".", "RUN"),
                line("COPY --form=0 a b", "COPY has no flag \"--form\".", "Did you mean --from?"),
                line("COPY --wrong a b", "COPY has no flag \"--wrong\".", "Use one of --from, --chown"),
                line("ARG --a\\\\\\", "ARG has no flag \"--a\\\".", "Leave it out."),
                line("ENV --a b=c", "ENV has no flag \"--a\".", "Leave it out."),
                line("COPY --from=a --from=b c d", "The flag --from is given twice.", "Keep one"),
                line("COPY --from a b", "The flag --from has no value.", "--from=VALUE"),
                line("COPY --link=maybe a b", "The flag --link is either on or off, not \"maybe\".", "--link=false"),
                line("COPY --from=$x a b", "--from=\"$x\" has a variable", "global ARG"),
                line("COPY", "COPY lacks one or more sources and a destination", "Put it after COPY"),
                line("COPY a", "COPY has a source but no destination.", "destination"),
                line("ADD [\"a\"]", "ADD has a source but no destination.", "destination"),
                line("COPY [\"a\", 1]", "holds something other than strings", "double quotes"),
                line("CMD [\"a\", {\"b\": [null, true, -1.5e3]}]", "something other than strings", "double quotes"),
                line("COPY a <<EOF\nEOF", "COPY can't write to a here-document.", "destination after it"),
                line("COPY << EOF /a\nEOF", "The here-document \"EOF\" is written in several words.", "blanks"),
                line("COPY <<EOF /a\nx", "The here-document \"EOF\" has no end.", "nothing but EOF"),
                line("RUN", "RUN lacks a command", "Put it after RUN"),
                line("RUN []", "RUN lacks a command", "Put it after RUN"),
                line("RUN --network=nnoe a", "--network can't be \"nnoe\".", "Did you mean none?"),
                line("RUN --security=x a", "--security can't be \"x\".", "sandbox, insecure"),
                line("RUN --device= a", "The device has no name.", "--device=VENDOR"),
                line("RUN --device=a,b a", "The device has a name and also \"b\".", "name, required"),
                line("RUN --mount=type=cahce,target=/a b", "The mount's type can't be \"cahce\".", "mean cache?"),
                line("RUN --mount=target=/a,sorce=b c", "A mount has no key \"sorce\".", "Did you mean source?"),
                line("RUN --mount=target=$a,sorce=b c", "A mount has no key \"sorce\".", "Did you mean source?"),
                line("RUN --mount=from=$a,target=b c", "from=\"$a\" has a variable", "global ARG"),
                line("CMD", "CMD lacks a command", "Put it after CMD"),
                line("ENTRYPOINT", "ENTRYPOINT lacks a command", "Put it after ENTRYPOINT"),
                line("SHELL /bin/sh", "SHELL takes a JSON array of strings.", "SHELL [\"/bin/bash\""),
                line("SHELL ['/bin/sh']", "SHELL takes a JSON array of strings.", "SHELL [\"/bin/bash\""),
                line("SHELL []", "SHELL lacks a shell", "Put it after SHELL"),
                line("ENV", "ENV lacks a name and a value", "Put it after ENV"),
                line("ENV a", "ENV has a name but no value.", "NAME=VALUE"),
                line("ENV a=b c", "There is no = in \"c\".", "name=value"),
                line("LABEL =b", "There is no name before the =.", "NAME=VALUE"),
                line("ARG", "ARG lacks a name", "Put it after ARG"),
                line("ARG =b", "There is no name before the =.", "NAME=VALUE"),
                line("WORKDIR", "WORKDIR lacks a directory", "Put it after WORKDIR"),
                line("USER", "USER lacks a user", "Put it after USER"),
                line("STOPSIGNAL", "STOPSIGNAL lacks a signal", "Put it after STOPSIGNAL"),
                line("MAINTAINER", "MAINTAINER lacks a name", "Put it after MAINTAINER"),
                line("EXPOSE", "EXPOSE lacks a port", "Put it after EXPOSE"),
                line("VOLUME []", "VOLUME lacks a directory", "Put it after VOLUME"),
                line("VOLUME [\"\"]", "VOLUME names a directory without a name.", "empty string"),
                line("HEALTHCHECK", "HEALTHCHECK lacks a", "HEALTHCHECK"),
                line("HEALTHCHECK CMD", "HEALTHCHECK lacks a", "HEALTHCHECK"),
                line("HEALTHCHECK NONE x", "HEALTHCHECK NONE has arguments.", "Take them out"),
                line("HEALTHCHECK TCP 80", "no health check of the type \"TCP\"", "CMD, NONE"),
                line("HEALTHCHECK --interval=5 CMD a", "--interval is no time: \"5\".", "30s"),
                line("HEALTHCHECK --timeout=1us CMD a", "--timeout is shorter than a millisecond", "1ms"),
                line("HEALTHCHECK --timeout=-1s CMD a", "--timeout is shorter than a millisecond", "1ms"),
                line("HEALTHCHECK --retries=-1 CMD a", "--retries is not a number from 0 on: \"-1\".", "retries=3"),
                line("HEALTHCHECK --retries=x CMD a", "--retries is not a number from 0 on: \"x\".", "retries=3"),
                line("ONBUILD", "ONBUILD lacks an instruction", "Put it after ONBUILD"),
                line("ONBUILD ONBUILD RUN a", "ONBUILD can't be the trigger of ONBUILD.", "once"),
                line("ONBUILD FROM a", "FROM can't be the trigger of ONBUILD.", "Dockerfile"),
                line("ONBUILD MAINTAINER a", "MAINTAINER can't be the trigger of ONBUILD.", "Dockerfile"),
                line("ONBUILD RNU a", "There is no instruction \"RNU\".", "Did you mean RUN?"),
                line("ONBUILD WORKDIR", "WORKDIR lacks a directory", "Put it after WORKDIR"),
                line("FROM", "FROM lacks an image, such as debian:bookworm", "Put it after FROM"),
                line("FROM a b", "FROM takes an image, or an image, AS and a name", "FROM IMAGE AS NAME"),
                line("FROM a SA b", "but not \"a SA b\"", "FROM IMAGE AS NAME"),
                line("FROM a AS 1b", "A stage can't be called \"1b\".", "Begin the name with a letter"),
                line("FROM a AS FIRST", "The stage name \"first\" is taken: Dockerfile:1 has it", "another name"),
                file("", 1, "The file has no FROM.", "FROM debian:bookworm"),
                file("# nothing\n\n", 1, "The file has no FROM.", "FROM debian:bookworm"),
                file("ARG a\n", 1, "The file has no FROM.", "FROM debian:bookworm"),
                file("ARG a\nRUN b\nFROM c", 2, "before the first FROM", "only ARG may stand before it"),
                file("# escape=\\\n# escape=`\nFROM a", 2, "directive escape is given twice", "Keep one"),
                file("# syntax=a\n# escape=x\nFROM a", 2, "The escape character can't be \"x\".", "backtick"),
                file("FROM a\nRUN b\0c", 2, "There is a NUL character", "UTF-8"));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void faultNamesLineProblemAndNextStep(String text, int line, String problem, String hint) {
        assertThatThrownBy(() -> DockerfileParser.parse("Dockerfile", text))
                .isInstanceOfSatisfying(DockerfileException.class, fault -> {
                    assertThat(fault.problem()).contains(problem).endsWith(".");
                    assertThat(fault.hint()).contains(hint).isNotBlank();
                    assertThat(fault.range().file()).isEqualTo("Dockerfile");
                    assertThat(fault.range().firstLine()).isEqualTo(line);
                    assertThat(fault).hasMessage("Dockerfile:" + line + ": " + fault.problem());
                });
    }
}
