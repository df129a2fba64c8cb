package io.sandjar.cli;

/** The rows of {@link OptionTable}. OptionTableTest writes them, and compares them. */
final class OptionTableText {
  static final String TEXT =
      """

      apply
        -f,--filename files.files split
        -n,--namespace namespace.namespace
        --dry-run dryRun.mode
        -o,--output output.format
        --force-conflicts force
      run
        --image image required
        --image-pull-policy pullPolicy
        --env environment
        --port port
        -l,--labels labels split
        --annotations annotations
        --restart restart
        --privileged privileged
        --rm remove
        --attach attach
        --command command
        -i,--stdin session.stdin
        -t,--tty session.terminal
        -q,--quiet session.quiet
        -n,--namespace namespace.namespace
        --dry-run dryRun.mode
        -o,--output output.format
        0-* words required
      get
        -f,--filename files.files split
        -n,--namespace namespace.namespace
        -A,--all-namespaces namespace.everywhere
        -l,--selector selector.labels
        --field-selector selector.fields
        -o,--output output.format
        -L,--label-columns labelColumns split
        --show-labels showLabels
        --show-kind showKind
        --show-managed-fields showManagedFields
        --no-headers noHeaders
        --sort-by sortBy
        --ignore-not-found ignoreMissing
        --raw raw
        -w,--watch watch
        0-* words
      describe
        -f,--filename files.files split
        -n,--namespace namespace.namespace
        -A,--all-namespaces namespace.everywhere
        -l,--selector selector.labels
        --field-selector selector.fields
        0-* words
      events
        -n,--namespace namespace.namespace
        -A,--all-namespaces namespace.everywhere
        -o,--output output.format
        --for object
        --types types split
        -w,--watch watch
        --no-headers noHeaders
      exec
        -n,--namespace namespace.namespace
        -i,--stdin session.stdin
        -t,--tty session.terminal
        -q,--quiet session.quiet
        -c,--container container
        0-* words required
      attach
        -n,--namespace namespace.namespace
        -i,--stdin session.stdin
        -t,--tty session.terminal
        -q,--quiet session.quiet
        -c,--container container
        0-1 pod required
      cp
        -n,--namespace namespace.namespace
        -c,--container container
        --no-preserve noPreserve
        0-1 from required
        1-2 to required
      port-forward
        -n,--namespace namespace.namespace
        --address addresses split
        0-1 word required
        1-* ports required
      top
        -n,--namespace namespace.namespace
        -A,--all-namespaces namespace.everywhere
        -l,--selector selector.labels
        --field-selector selector.fields
        --containers containers
        --sort-by sortBy
        --sum sum
        --no-headers noHeaders
        0-* words required
      explain
        --recursive recursive
        0-1 path required
      edit
        -n,--namespace namespace.namespace
        0-* words required
      label
        -f,--filename change.files.files split
        -n,--namespace change.namespace.namespace
        -A,--all-namespaces change.namespace.everywhere
        -l,--selector change.selector.labels
        --field-selector change.selector.fields
        --dry-run change.dryRun.mode
        -o,--output change.output.format
        --overwrite change.overwrite
        --all change.all
        --list change.list
        0-* change.words
      annotate
        -f,--filename change.files.files split
        -n,--namespace change.namespace.namespace
        -A,--all-namespaces change.namespace.everywhere
        -l,--selector change.selector.labels
        --field-selector change.selector.fields
        --dry-run change.dryRun.mode
        -o,--output change.output.format
        --overwrite change.overwrite
        --all change.all
        --list change.list
        0-* change.words
      wait
        -f,--filename files.files split
        -n,--namespace namespace.namespace
        -A,--all-namespaces namespace.everywhere
        -l,--selector selector.labels
        --field-selector selector.fields
        --all all
        --for wanted required
        --timeout timeout
        0-* words
      logs
        -n,--namespace namespace.namespace
        -l,--selector selector.labels
        --field-selector selector.fields
        -c,--container container
        --all-containers allContainers
        -f,--follow options.follow
        --tail options.tail
        --since options.since
        --timestamps options.timestamps
        -p,--previous previous
        --since-time sinceTime
        --limit-bytes limitBytes
        --prefix prefix
        --max-log-requests most
        0-2 words
      delete
        -f,--filename files.files split
        -n,--namespace namespace.namespace
        -A,--all-namespaces namespace.everywhere
        -l,--selector selector.labels
        --field-selector selector.fields
        --dry-run dryRun.mode
        --all all
        --grace-period gracePeriod
        --force force
        --now now
        --ignore-not-found ignoreMissing
        --wait wait
        --timeout timeout
        -o,--output output
        0-* words
      plan
        --image options.image
        --name options.name
        -e,--env options.environment
        --mount options.mounts
        -u,--user options.user
        -w,--workdir options.workingDirectory
        --label options.labels.labels
        --annotation options.labels.annotations
        --memory options.memory
        --cpus options.cpus
        --privileged options.privileged
        --read-only options.readOnly
        --cap-add options.addedCapabilities
        --cap-drop options.droppedCapabilities
        --pid options.pid
        --host-network options.hostNetwork
        -i,--stdin options.stdin
        -t,--tty options.tty
        -f,--filename files.files split
        -n,--namespace namespace.namespace
        -o,--output output.format
        0-* words
      info
        -o,--output output.format
      doctor
        -o,--output output.format
      version
        --client clientOnly
        -o,--output output
      """;

  private OptionTableText() {}
}
