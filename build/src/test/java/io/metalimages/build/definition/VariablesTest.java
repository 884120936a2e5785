package io.metalimages.build.definition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.FaultException;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VariablesTest {

    private static final Map<String, String> ENVIRONMENT =
            Map.of("A", "a", "AB", "ab", "EMPTY", "", "QUOTED", "it's \"$A\" ${A} \\1");

    private final Variables variables = new Variables(name -> Optional.ofNullable(ENVIRONMENT.get(name)));

    @ParameterizedTest
    @CsvSource(quoteCharacter = '\0', delimiter = '|', textBlock = """
            $A|a
            ${A}|a
            $AB|ab
            $A-$AB|a-ab
            ${EMPTY-d}x|x
            ${EMPTY:-d}|d
            ${NONE-d}|d
            ${NONE:-a b}|a b
            ${NONE:=n}${NONE}|nn
            $$A|$A
            costs 5$|costs 5$
            $QUOTED|it's "$A" ${A} \\1
            """)
    void replaces(String text, String expected) {
        assertThat(variables.replace(text, "file:1")).isEqualTo(expected);
    }

    @Test
    void aDefinitionIsSeenByCopiesMadeLaterAndByNobodyElse() {
        variables.define("NEW", "1");
        Variables copy = variables.copy();
        copy.define("NEW", "2");

        assertThat(variables.replace("$NEW", "file:1")).isEqualTo("1");
        assertThat(copy.replace("$NEW", "file:1")).isEqualTo("2");
    }

    @Test
    void refusesWhatIsNotSet() {
        assertThatThrownBy(() -> variables.replace("${NONE}", "file:7"))
                .isInstanceOf(FaultException.class)
                .hasMessage("file:7: the variable NONE is not set.");
        assertThatThrownBy(() -> variables.replace("${EMPTY:?say it}", "file:7"))
                .hasMessage("file:7: say it.");
    }
}
