package io.metalimages.rack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.engine.Progress;
import io.metalimages.engine.Step;
import io.metalimages.rack.checks.CheckResult;
import io.metalimages.rack.checks.TestReport;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class PhaseTrackerTest {

    private static final Path LOG = Path.of("console.log");
    private static final Step BURN = new Step(1, "burn", "");
    private static final Step CHECKS = new Step(2, "checks", "");

    private final List<Progress.Event> told = new ArrayList<>();
    private final PhaseTracker phases = new PhaseTracker(List.of("burn", "checks"), LOG, told::add);

    private static CheckResult check(Optional<String> trouble) {
        return CheckResult.of("frr", "Service", "running", trouble);
    }

    @Test
    void allArePlannedBeforeTheFirstBegins() {
        assertThat(told).containsExactly(new Progress.Event.Planned(List.of(BURN, CHECKS)));
        assertThat(phases.isRunning()).isFalse();
        assertThat(phases.ended()).isEmpty();
    }

    @Test
    void aPhaseIsToldOfAndKept() {
        phases.said("nobody is there to hear it");
        phases.begin("burn");
        assertThat(phases.isRunning("burn")).isTrue();
        phases.said("half of it");
        TestReport.Phase ended = phases.end(List.of(check(Optional.empty())));

        assertThat(phases.isRunning()).isFalse();
        assertThat(phases.ended()).containsExactly(ended);
        assertThat(ended.passed()).isTrue();
        assertThat(told)
                .hasSize(4)
                .contains(new Progress.Event.Output(BURN, "half of it"))
                .last()
                .isEqualTo(new Progress.Event.Finished(BURN, ended.duration()));
    }

    @Test
    void aPhaseWithAFailedCheckHasFailed() {
        phases.begin("checks");
        TestReport.Phase ended =
                phases.end(List.of(check(Optional.empty()), check(Optional.of("Expected false to equal true"))));

        assertThat(ended.passed()).isFalse();
        assertThat(ended.failure()).isEmpty();
        assertThat(told).last().isEqualTo(new Progress.Event.Failed(CHECKS, ended.duration(), LOG));
    }

    @Test
    void aPhaseThatDidNotComeToItsEndSaysWhy() {
        phases.begin("burn");
        phases.fail("The disk is full.");

        assertThat(phases.ended()).singleElement().satisfies(phase -> {
            assertThat(phase.failure()).hasValue("The disk is full.");
            assertThat(phase.passed()).isFalse();
        });
        assertThat(told).last().isInstanceOf(Progress.Event.Failed.class);
    }

    @Test
    void whatBeginsOnceMoreIsKeptOnlyOnce() {
        PhaseTracker three = new PhaseTracker(List.of("contract", "burn", "checks"), LOG, told::add);
        for (String phase : List.of("contract", "burn")) {
            three.begin(phase);
            three.end();
        }
        three.begin("checks");
        told.clear();

        assertThat(three.startOver("burn")).hasValue("checks");
        assertThat(three.isRunning()).isFalse();
        assertThat(told).singleElement().isInstanceOf(Progress.Event.Failed.class);
        assertThat(three.ended()).extracting(TestReport.Phase::name).containsExactly("contract");
        assertThat(three.areOver()).isFalse();
        assertThat(three.hasEnded("contract")).isTrue();
        assertThat(three.hasEnded("checks")).isFalse();

        for (String phase : List.of("burn", "checks")) {
            three.begin(phase);
            three.end();
        }
        assertThat(three.ended()).extracting(TestReport.Phase::name).containsExactly("contract", "burn", "checks");
        assertThat(three.ended()).allMatch(TestReport.Phase::passed);
        assertThat(three.areOver()).isTrue();
    }

    @Test
    void whatWasNotPlannedCannotBegin() {
        assertThatThrownBy(() -> phases.begin("kexec")).hasMessageContaining("kexec");
        assertThatThrownBy(phases::end).isInstanceOf(IllegalStateException.class);
    }
}
