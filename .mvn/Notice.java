/** Says what mvn -q does until the example runs, before Maven looks for what the modules need. */
class Notice {
  public static void main(String[] arguments) {
    System.out.println("Compiling. The first time Maven downloads some 110 MB before that,"
        + " and says nothing for minutes.");
  }
}
