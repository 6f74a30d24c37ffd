/* Keeps a Windows under Wine awake until its input ends. Wine only.

   Wine starts an explorer.exe for the first program that asks for the desktop, gives it that program's streams, and
   ends it when nobody uses the desktop any more. Whoever reads such a program's output to its end would wait for that
   explorer. So one stands here from the beginning, and stays. */
#include <windows.h>
#include <stdio.h>

int main(void)
{
    if (!GetDesktopWindow())
        return 1;
    puts("awake");
    fflush(stdout);
    while (getchar() != EOF)
        ;
    return 0;
}
