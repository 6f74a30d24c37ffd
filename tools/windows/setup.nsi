; sheetcredit-setup.exe: one file, without a network, for the user who starts it, without an administrator.
;
;   sheetcredit-setup.exe [/S] [/EN] [/D=FOLDER]    /S: no questions; /EN: in English; /D last, without quotes
;   uninstall.exe [/S] [/ALL]                       /ALL: settings, keys and what was kept, too
;
; Exit codes: 0 done, 1 stopped by the user, 2 failed, 3 sheetcredit is running. The log: FOLDER\install.log.
; VERSION, NUMBERS, OUT, PROGRAM and FILES are given by `tools.windows.installer`; SIGN too, if there is a certificate;
; QUICK makes a larger file in seconds, for trying.

Unicode true
Target amd64-unicode
ManifestDPIAware true
!ifdef QUICK
SetCompress off
!else
SetCompressor /SOLID lzma
SetCompressorDictSize 64
!endif
SetDateSave off
RequestExecutionLevel user
Name "sheetcredit ${VERSION}"
BrandingText "sheetcredit ${VERSION}"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\sheetcredit"
InstallDirRegKey HKCU "Software\sheetcredit" "InstallDir"
VIProductVersion "${NUMBERS}"
VIAddVersionKey "ProductName" "sheetcredit"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "sheetcredit setup"
VIAddVersionKey "LegalCopyright" "The sheetcredit developers"
!ifdef SIGN
!finalize '${SIGN} "%1"'
!uninstfinalize '${SIGN} "%1"'
!endif

!include MUI2.nsh
!include FileFunc.nsh
!include LogicLib.nsh
!include WinVer.nsh
!include x64.nsh

!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\sheetcredit"
!define MENU "$SMPROGRAMS\sheetcredit"
!define BUSY 3

!define MUI_ICON "${PROGRAM}/sheetcredit.ico"
!define MUI_UNICON "${PROGRAM}/sheetcredit.ico"
!define MUI_ABORTWARNING
!define MUI_DIRECTORYPAGE_TEXT_TOP "$(PageText)"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!define MUI_FINISHPAGE_TEXT "$(FinishText)"
!define MUI_FINISHPAGE_RUN
!define MUI_FINISHPAGE_RUN_TEXT "$(OpenGuide)"
!define MUI_FINISHPAGE_RUN_FUNCTION open_guide
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "Vietnamese"
!insertmacro MUI_LANGUAGE "English"

LangString PageText ${LANG_VIETNAMESE} "Chương trình được cài cho riêng người dùng này, không cần quyền quản trị và không cần mạng. Bấm Cài đặt để bắt đầu."
LangString PageText ${LANG_ENGLISH} "The program is installed for this user alone; no administrator and no network are needed."
LangString FinishText ${LANG_VIETNAMESE} "Đã cài xong. Bấm chuột phải vào một tệp Excel hay thư mục và chọn “Kiểm tra bằng sheetcredit”, hoặc mở sheetcredit trong menu Start."
LangString FinishText ${LANG_ENGLISH} "Installed. Right-click a workbook or a folder and choose “Kiểm tra bằng sheetcredit”, or open sheetcredit in the Start menu."
LangString OpenGuide ${LANG_VIETNAMESE} "Mở hướng dẫn sử dụng"
LangString OpenGuide ${LANG_ENGLISH} "Open the guide (in Vietnamese)"
LangString TooOld ${LANG_VIETNAMESE} "sheetcredit cần Windows 10 trở lên, bản 64 bit."
LangString TooOld ${LANG_ENGLISH} "sheetcredit needs Windows 10 or later, 64 bit."
LangString Running ${LANG_VIETNAMESE} "sheetcredit đang chạy. Đóng cửa sổ của nó (và đợi nút bấm trong Excel làm xong), rồi bấm Thử lại."
LangString Running ${LANG_ENGLISH} "sheetcredit is running. Close its window (and let a button in Excel finish), then try again."
LangString ExcelOpen ${LANG_VIETNAMESE} "Excel đang mở. Nên lưu tệp và đóng Excel trước khi cài. Bấm Thử lại sau khi đóng, hoặc Bỏ qua để cài tiếp."
LangString ExcelOpen ${LANG_ENGLISH} "Excel is open. Better save and close it first, then try again; or ignore this and go on."
LangString Copying ${LANG_VIETNAMESE} "Đang chép chương trình ..."
LangString Copying ${LANG_ENGLISH} "Copying the program ..."
LangString Setting ${LANG_VIETNAMESE} "Đang thiết lập Excel và đường dẫn lệnh ..."
LangString Setting ${LANG_ENGLISH} "Setting up Excel and the PATH ..."
LangString NotSwapped ${LANG_VIETNAMESE} "Không thay được bản cũ: có tệp của nó đang mở. Khởi động lại máy rồi cài lại."
LangString NotSwapped ${LANG_ENGLISH} "The older version could not be replaced: a file of it is open. Restart Windows and install again."
LangString KeepOwn ${LANG_VIETNAMESE} "Xóa cả thiết lập, khóa niêm phong và thư lưu tạm của bạn?$\r$\n$\r$\nKhóa đã xóa thì không lấy lại được. Chọn Không nếu sẽ cài lại."
LangString KeepOwn ${LANG_ENGLISH} "Remove your settings, seal keys and kept mails as well?$\r$\n$\r$\nA key that is removed cannot be had again. Choose No if you will install again."
LangString MenuNew ${LANG_VIETNAMESE} "Tạo báo cáo mới"
LangString MenuNew ${LANG_ENGLISH} "Tạo báo cáo mới"
LangString MenuCheck ${LANG_VIETNAMESE} "Kiểm tra báo cáo"
LangString MenuCheck ${LANG_ENGLISH} "Kiểm tra báo cáo"
LangString MenuGuide ${LANG_VIETNAMESE} "Hướng dẫn sử dụng"
LangString MenuGuide ${LANG_ENGLISH} "Hướng dẫn sử dụng"
LangString MenuDoctor ${LANG_VIETNAMESE} "Khám máy"
LangString MenuDoctor ${LANG_ENGLISH} "Khám máy"
LangString MenuRemove ${LANG_VIETNAMESE} "Gỡ sheetcredit"
LangString MenuRemove ${LANG_ENGLISH} "Gỡ sheetcredit"

Var Log
Var Everything

!macro log TEXT
  FileWriteUTF16LE $Log `${TEXT}$\r$\n`
!macroend

!macro language PREFIX
  StrCpy $LANGUAGE ${LANG_VIETNAMESE}
  ${GetParameters} $0
  ${GetOptions} $0 "/EN" $1
  ${IfNot} ${Errors}
    StrCpy $LANGUAGE ${LANG_ENGLISH}
  ${EndIf}
!macroend

; A program that runs cannot be opened for writing. Ends with BUSY when the user gives up, or with /S at once.
!macro refuse_while_running
  ${Do}
    ClearErrors
    ${IfNot} ${FileExists} "$INSTDIR\python\python.exe"
      ${ExitDo}
    ${EndIf}
    FileOpen $0 "$INSTDIR\python\python.exe" a
    ${IfNot} ${Errors}
      FileClose $0
      ${ExitDo}
    ${EndIf}
    MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "$(Running)" /SD IDCANCEL IDRETRY +3
    SetErrorLevel ${BUSY}
    Quit
  ${Loop}
!macroend

!macro speak_of_excel
  ${Do}
    FindWindow $0 "XLMAIN"
    ${If} $0 = 0
      ${ExitDo}
    ${EndIf}
    MessageBox MB_ABORTRETRYIGNORE|MB_ICONINFORMATION "$(ExcelOpen)" /SD IDIGNORE IDRETRY +4 IDIGNORE +3
    SetErrorLevel 1
    Quit
    ${ExitDo}
  ${Loop}
!macroend

Function .onInit
  !insertmacro language ""
  SetShellVarContext current
  SetRegView 64
  ${IfNot} ${RunningX64}
  ${OrIfNot} ${AtLeastWin10}
    MessageBox MB_OK|MB_ICONSTOP "$(TooOld)" /SD IDOK
    SetErrorLevel 2
    Quit
  ${EndIf}
FunctionEnd

Function open_guide
  ExecShell "open" "$INSTDIR\guide\huong-dan.html"
FunctionEnd

Section
  !insertmacro refuse_while_running
  !insertmacro speak_of_excel
  SetOutPath "$INSTDIR"
  FileOpen $Log "$INSTDIR\install.log" w
  FileWriteWord $Log 0xFEFF
  !insertmacro log "sheetcredit ${VERSION} -> $INSTDIR"
  FindWindow $0 "XLMAIN"
  ${If} $0 <> 0
    !insertmacro log "Excel is open"
  ${EndIf}

  ; The new program is whole before the old one goes: no power cut leaves a PC without either.
  DetailPrint "$(Copying)"
  SetDetailsPrint none
  RMDir /r "$INSTDIR\new"
  !include "${FILES}"
  SetOutPath "$INSTDIR"
  SetDetailsPrint both
  ClearErrors
  RMDir /r "$INSTDIR\python"
  RMDir /r "$INSTDIR\guide"
  Delete "$INSTDIR\sheetcredit.exe"
  Delete "$INSTDIR\sheetcredit.ico"
  ClearErrors
  Rename "$INSTDIR\new\python" "$INSTDIR\python"
  Rename "$INSTDIR\new\guide" "$INSTDIR\guide"
  Rename "$INSTDIR\new\sheetcredit.exe" "$INSTDIR\sheetcredit.exe"
  Rename "$INSTDIR\new\sheetcredit.ico" "$INSTDIR\sheetcredit.ico"
  ${If} ${Errors}
    !insertmacro log "FAILED: the older version could not be replaced"
    FileClose $Log
    MessageBox MB_OK|MB_ICONSTOP "$(NotSwapped)" /SD IDOK
    SetErrorLevel 2
    Abort
  ${EndIf}
  RMDir "$INSTDIR\new"
  WriteUninstaller "$INSTDIR\uninstall.exe"

  WriteRegStr HKCU "Software\sheetcredit" "InstallDir" "$INSTDIR"
  WriteRegStr HKCU "Software\sheetcredit" "Version" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "sheetcredit"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayIcon" "$INSTDIR\sheetcredit.ico"
  WriteRegStr HKCU "${UNINSTALL}" "Publisher" "sheetcredit"
  WriteRegStr HKCU "${UNINSTALL}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL}" "NoRepair" 1
  WriteRegDWORD HKCU "${UNINSTALL}" "EstimatedSize" ${SIZE}
  !insertmacro log "registry: Software\sheetcredit, ${UNINSTALL}"

  !macro verb KEY
    WriteRegStr HKCU "Software\Classes\${KEY}\shell\sheetcredit" "" "Kiểm tra bằng sheetcredit"
    WriteRegStr HKCU "Software\Classes\${KEY}\shell\sheetcredit" "Icon" "$INSTDIR\sheetcredit.ico"
    WriteRegStr HKCU "Software\Classes\${KEY}\shell\sheetcredit\command" "" '"$INSTDIR\sheetcredit.exe" desktop check "%1"'
    !insertmacro log "context menu: ${KEY}"
  !macroend
  !insertmacro verb "SystemFileAssociations\.xlsx"
  !insertmacro verb "SystemFileAssociations\.xlsm"
  !insertmacro verb "Directory"

  SetOutPath "$DOCUMENTS"
  CreateDirectory "${MENU}"
  CreateShortcut "${MENU}\$(MenuNew).lnk" "$INSTDIR\sheetcredit.exe" "desktop new" "$INSTDIR\sheetcredit.ico"
  CreateShortcut "${MENU}\$(MenuCheck).lnk" "$INSTDIR\sheetcredit.exe" "desktop check" "$INSTDIR\sheetcredit.ico"
  CreateShortcut "${MENU}\$(MenuDoctor).lnk" "$INSTDIR\sheetcredit.exe" "desktop doctor" "$INSTDIR\sheetcredit.ico"
  CreateShortcut "${MENU}\$(MenuGuide).lnk" "$INSTDIR\guide\huong-dan.html"
  CreateShortcut "${MENU}\$(MenuRemove).lnk" "$INSTDIR\uninstall.exe"
  SetOutPath "$INSTDIR"
  !insertmacro log "Start menu: ${MENU}"

  DetailPrint "$(Setting)"
  FileClose $Log
  nsExec::Exec '"$INSTDIR\python\python.exe" "$INSTDIR\python\setup_steps.py" install "$INSTDIR" "$INSTDIR\install.log"'
  Pop $0
SectionEnd

Function un.onInit
  !insertmacro language "un."
  SetShellVarContext current
  SetRegView 64
FunctionEnd

Section uninstall
  !insertmacro refuse_while_running
  !insertmacro speak_of_excel

  ; Keys and passwords lie in Windows' own store: Python, while it is there, takes them out.
  StrCpy $Everything "yes"
  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/ALL" $1
  ${If} ${Errors}
    MessageBox MB_YESNO|MB_ICONQUESTION|MB_DEFBUTTON2 "$(KeepOwn)" /SD IDNO IDYES +2
    StrCpy $Everything ""
  ${EndIf}
  ${If} $Everything != ""
    nsExec::Exec '"$INSTDIR\python\python.exe" "$INSTDIR\python\setup_steps.py" forget "$INSTDIR" "$INSTDIR\install.log"'
    Pop $0
  ${EndIf}
  nsExec::Exec '"$INSTDIR\python\python.exe" "$INSTDIR\python\setup_steps.py" uninstall "$INSTDIR" "$INSTDIR\install.log"'
  Pop $0

  Delete "${MENU}\*.lnk"
  RMDir "${MENU}"
  DeleteRegKey HKCU "Software\Classes\SystemFileAssociations\.xlsx\shell\sheetcredit"
  DeleteRegKey HKCU "Software\Classes\SystemFileAssociations\.xlsm\shell\sheetcredit"
  DeleteRegKey HKCU "Software\Classes\Directory\shell\sheetcredit"
  !macro drop_empty KEY
    DeleteRegKey /ifempty HKCU "Software\Classes\${KEY}\shell"
    DeleteRegKey /ifempty HKCU "Software\Classes\${KEY}"
  !macroend
  !insertmacro drop_empty "SystemFileAssociations\.xlsx"
  !insertmacro drop_empty "SystemFileAssociations\.xlsm"
  !insertmacro drop_empty "Directory"
  DeleteRegKey /ifempty HKCU "Software\Classes\SystemFileAssociations"
  DeleteRegKey /ifempty HKCU "Software\Classes"
  DeleteRegKey HKCU "${UNINSTALL}"
  DeleteRegKey HKCU "Software\sheetcredit"

  RMDir /r "$INSTDIR\python"
  RMDir /r "$INSTDIR\guide"
  RMDir /r "$INSTDIR\new"
  Delete "$INSTDIR\sheetcredit.exe"
  Delete "$INSTDIR\sheetcredit.ico"
  Delete "$INSTDIR\install.log"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"

  ; What was kept of read workbooks can be made again; the rest is the user's.
  RMDir /r "$LOCALAPPDATA\sheetcredit\Cache"
  RMDir /r "$LOCALAPPDATA\sheetcredit\sheetcredit\Cache"
  RMDir "$LOCALAPPDATA\sheetcredit\sheetcredit"
  RMDir "$LOCALAPPDATA\sheetcredit"
  ${If} $Everything != ""
    RMDir /r "$LOCALAPPDATA\sheetcredit"
  ${EndIf}
SectionEnd
