"""`python -m partita` is the command `partita`."""

from partita._launch import main

if __name__ == "__main__":
    main()
