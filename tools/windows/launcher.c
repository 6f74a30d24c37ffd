/* sheetcredit.exe: starts the Python in the folder beside it with the same arguments and streams, and leaves
   with its exit code. The window title, Ctrl+C and the end of either process stay together. */
#include <windows.h>
#include <stdio.h>
#include <wchar.h>

#define ROOM 32768

/* What stands behind the program's own name on the command line. */
static const wchar_t *arguments(const wchar_t *line)
{
    if (*line == L'"') {
        for (line++; *line && *line != L'"'; line++)
            ;
        if (*line)
            line++;
    }
    while (*line && *line != L' ' && *line != L'\t')
        line++;
    return line;
}

static int failed(const char *what)
{
    fprintf(stderr, "sheetcredit: %s (%lu). Cai lai sheetcredit. / Install sheetcredit again.\n", what,
            GetLastError());
    return 2;
}

/* Python answers Ctrl+C; this process only waits for it. */
static BOOL WINAPI leave_to_python(DWORD event)
{
    return event == CTRL_C_EVENT || event == CTRL_BREAK_EVENT;
}

/* Whoever ends sheetcredit.exe in the Task Manager ends Python too. */
static void tie_together(HANDLE child)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
    HANDLE job = CreateJobObjectW(NULL, NULL);
    limits.BasicLimitInformation.LimitFlags =
        JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK;
    if (job && SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits))
        AssignProcessToJobObject(job, child);
}

int wmain(void)
{
    static wchar_t folder[ROOM], line[ROOM];
    STARTUPINFOW start = {.cb = sizeof start};
    PROCESS_INFORMATION child;
    DWORD code = 2, length = GetModuleFileNameW(NULL, folder, ROOM);
    const wchar_t *given = arguments(GetCommandLineW());

    while (length && folder[length - 1] != L'\\')
        length--;
    folder[length] = 0;
    if (wcslen(folder) + wcslen(given) + 64 > ROOM) {
        SetLastError(ERROR_FILENAME_EXCED_RANGE);
        return failed("command line too long");
    }
    wcscpy(line, L"\"");
    wcscat(line, folder);
    wcscat(line, L"python\\python.exe\" -m sheetcredit");
    wcscat(line, given);

    GetStartupInfoW(&start);
    SetConsoleCtrlHandler(leave_to_python, TRUE);
    if (!CreateProcessW(NULL, line, NULL, NULL, TRUE, CREATE_SUSPENDED, NULL, NULL, &start, &child))
        return failed("python\\python.exe cannot be started");
    tie_together(child.hProcess);
    ResumeThread(child.hThread);
    WaitForSingleObject(child.hProcess, INFINITE);
    if (!GetExitCodeProcess(child.hProcess, &code))
        return failed("no exit code");
    /* Interrupted before Python could hear of it: the same code as afterwards. */
    return code == STATUS_CONTROL_C_EXIT ? 130 : (int)code;
}
