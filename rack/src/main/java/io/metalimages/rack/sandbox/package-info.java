/**
 * Namespaces in which networks and programs live, and with which they end.
 *
 * <p>Start reading at {@code NetworkSandbox}. Programs in it find the files of this machine, or those of a {@code FabricRoot}.
 */
@NullMarked
package io.metalimages.rack.sandbox;

import org.jspecify.annotations.NullMarked;
