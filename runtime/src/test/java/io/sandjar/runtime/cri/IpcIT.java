package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.cri.v1.Mount;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Containers of one pod talk by System V IPC, POSIX queues and shared memory, and those of two pods
 * do not. The programs are the host's perl, which every Debian has.
 */
@Tag("machine")
class IpcIT {
  private static final int KEY = 4711;

  @TempDir static Path folder;
  private static CriNode node;
  private static String here;
  private static String beside;
  private static String elsewhere;

  @BeforeAll
  static void startPods() throws IOException {
    node = CriNode.start(folder);
    String pod = node.run(node.pod("one"));
    here = node.createAndStart(pod, withPerl("here"));
    beside = node.createAndStart(pod, withPerl("beside"));
    elsewhere = node.createAndStart(node.run(node.pod("two")), withPerl("elsewhere"));
  }

  @AfterAll
  static void stopNode() throws IOException {
    if (node != null) {
      node.close();
    }
  }

  private static io.sandjar.cri.v1.ContainerConfig.Builder withPerl(String name) {
    var container = node.container(name, "sleep", "1000");
    for (String path : List.of("/usr", "/lib", "/lib64")) {
      if (Path.of(path).toFile().exists()) {
        container.addMounts(
            Mount.newBuilder().setHostPath(path).setContainerPath(path).setReadonly(true));
      }
    }
    return container;
  }

  @Test
  void sharedMemoryIsThePods() {
    assertEquals(
        "made", perl(here, "shmwrite(shmget(KEY,64,01600)//die,'hello',0,5)&&print'made'"));
    String read = "my $id=shmget(KEY,64,0)//(print('none'),exit);shmread($id,my $b,0,5);print $b";
    assertEquals("hello", perl(beside, read));
    assertEquals("none", perl(elsewhere, read));
  }

  @Test
  void semaphoresAreThePods() {
    assertEquals(
        "made", perl(here, "my $s=semget(KEY,1,01600)//die;semctl($s,0,16,7)&&print'made'"));
    // 12 is GETVAL.
    String value = "my $s=semget(KEY,1,0)//(print('none'),exit);print semctl($s,0,12,0)";
    assertEquals("7", perl(beside, value));
    assertEquals("none", perl(elsewhere, value));
  }

  @Test
  void messageQueuesAreThePods() {
    assertEquals(
        "sent", perl(here, "msgsnd(msgget(KEY,01600)//die,pack('l! a*',1,'hi'),0)&&print'sent'"));
    // 04000 is IPC_NOWAIT.
    String receive =
        "my $q=msgget(KEY,0)//(print('none'),exit);"
            + "msgrcv($q,my $m,10,0,04000);print((unpack('l! a*',$m))[1])";
    assertEquals("none", perl(elsewhere, receive));
    assertEquals("hi", perl(beside, receive));
  }

  @Test
  void posixQueuesAreThePods() {
    assertEquals(
        "sent",
        perl(
            here,
            "my $q=syscall(OPEN,my $n='talk',0102,0600,0);die $! if $q<0;"
                + "syscall(SEND,$q,my $m='hello',5,0,0)==0&&print'sent'"));
    String receive =
        "my $q=syscall(OPEN,my $n='talk',0,0,0);$q<0&&(print('none'),exit);"
            + "my $b=\"\\0\"x8192;my $l=syscall(RECEIVE,$q,$b,8192,0,0);print substr($b,0,$l)";
    assertEquals("none", perl(elsewhere, receive));
    assertTrue(node.sh(beside, "cat /dev/mqueue/talk").startsWith("QSIZE:5"));
    assertEquals("hello", perl(beside, receive));
  }

  @Test
  void devShmIsThePods() {
    node.sh(here, "echo shared > /dev/shm/file");
    assertEquals("shared", node.sh(beside, "cat /dev/shm/file"));
    assertNotEquals("shared", node.sh(elsewhere, "cat /dev/shm/file"));
    assertEquals("1777", node.sh(elsewhere, "stat -c %a /dev/shm"));
  }

  /** What a program prints; its constants are this machine's. */
  private static String perl(String container, String program) {
    boolean x86 = System.getProperty("os.arch").equals("amd64");
    return node.exec(
            container,
            "/usr/bin/perl",
            "-e",
            program
                .replace("KEY", Integer.toString(KEY))
                .replace("OPEN", x86 ? "240" : "180")
                .replace("SEND", x86 ? "242" : "182")
                .replace("RECEIVE", x86 ? "243" : "183"))
        .getStdout()
        .toStringUtf8();
  }
}
